"""One table: what every reason says in the log, means for the contact, and asks of the user."""

from typing import NamedTuple

from source_destination_mailchimp.destination.model import Outcome, Reason


class Explanation(NamedTuple):
    """A reason in words for users."""

    outcome: Outcome | None
    """The outcome it explains; None where it stands beside any outcome."""

    log: str
    """What stands after the count in the log, after 1 as after 1,000: a heading, capitalized."""

    meaning: str
    """What it means for the contact whose record it is."""

    what_to_do: str

    quotes_mailchimp: bool = False
    """The detail of such a note is Mailchimp's own sentence or word, so the log may show it with its addresses masked.

    All other details may hold a value of the record: they go to the store alone."""

    is_opt_out: bool = False
    """A record is held for it because its contact has opted out, which the headline says beside those held."""

    is_loss: bool = False
    """Beside an outcome: something of the record is not in Mailchimp for it, so its line is a warning."""


EXPLANATIONS: dict[Reason, Explanation] = {
    Reason.NO_EMAIL: Explanation(
        Outcome.REJECTED,
        "No email address",
        "Nothing is written: Mailchimp knows contacts by their address.",
        "Fill the column in the source, or filter such rows out. If it is every row, set `streams[].email_field`.",
    ),
    Reason.INVALID_EMAIL: Explanation(
        Outcome.REJECTED,
        "Invalid email address",
        "Nothing is written. The address breaks the rules for email addresses, so no email could reach it.",
        "Correct the address in the source; the record comes again when it changes.",
    ),
    Reason.INVALID_VALUE: Explanation(
        Outcome.REJECTED,
        "Invalid value",
        "Nothing is written, because `invalid_values` is `reject_record`.",
        "Correct the value, or choose `invalid_values: reject_value` to lose only the value.",
    ),
    Reason.INVALID_EXTERNAL_ID: Explanation(
        Outcome.REJECTED,
        "External ID that may have lost digits",
        "Nothing is written: a number with a point or an exponent may stand for two IDs, and the data of one contact "
        "would reach another.",
        "Cast the column to text or to a whole number in the source, and keep it in a text merge field.",
    ),
    Reason.NOT_A_RECORD: Explanation(
        Outcome.REJECTED,
        "Not a record",
        "Nothing is written: the message holds no columns.",
        "See the log of the source, which sent an invalid message.",
    ),
    Reason.UNREADABLE_LINE: Explanation(
        Outcome.REJECTED,
        "Unreadable line of input",
        "Nothing is written: the line is not JSON, so it is not known whose record it was. No contact is removed from "
        "a mirrored list in this run.",
        "Look at the line in the store of rejected records, and at the source that wrote it.",
    ),
    Reason.ADDRESS_REFUSED: Explanation(
        Outcome.REJECTED,
        "Address refused by Mailchimp",
        "The contact is not added. Mailchimp considers the address fake, a role (like abuse@) or blocked.",
        "Correct the address if you know a better one. Otherwise leave it: it is sent again with its record.",
        quotes_mailchimp=True,
    ),
    Reason.VALUE_REFUSED: Explanation(
        Outcome.REJECTED,
        "Value refused by Mailchimp",
        "With `invalid_values: reject_record` nothing is written. Otherwise the contact is written "
        "without the value, and the reason stands beside the outcome.",
        ("Mailchimp's answer names the merge field. Correct the value or take the column out."),
        quotes_mailchimp=True,
    ),
    Reason.REQUIRED_FIELD_EMPTY: Explanation(
        Outcome.REJECTED,
        "Required field is empty",
        "Nothing is written: Mailchimp requires a value in a merge field for which the record has none.",
        "Fill the column, make the field optional in Mailchimp, or choose `required_fields: ignore`.",
        quotes_mailchimp=True,
    ),
    Reason.REFUSED_BY_MAILCHIMP: Explanation(
        Outcome.REJECTED,
        "Refused by Mailchimp",
        "Nothing is written.",
        "See Mailchimp's answer in the log and in the store.",
        quotes_mailchimp=True,
    ),
    Reason.SIGNUP_THROTTLED: Explanation(
        Outcome.REJECTED,
        "Address signed up too often lately",
        "The contact is not added now: Mailchimp has seen this address in too many audiences in a short time.",
        "Wait a day and sync again.",
        quotes_mailchimp=True,
    ),
    Reason.MAILCHIMP_FAILED: Explanation(
        Outcome.REJECTED,
        "Server error from Mailchimp (HTTP 5xx) for this contact",
        "Nothing is written. Mailchimp answered every try with a server error (HTTP 5xx), took other contacts by the "
        "same call before and after, and still shows this one unchanged. At most five contacts a sync are rejected for "
        "it; with more the sync ends as a transient error.",
        "Look at the contact in Mailchimp, and ask Mailchimp's support. It is tried again when its record comes again.",
        quotes_mailchimp=True,
    ),
    Reason.DELETION_WITHOUT_ADDRESS: Explanation(
        Outcome.REJECTED,
        "Marked as deleted, with no address and no known external ID",
        "No contact is removed, because the record does not say which one.",
        "Configure the source to send the address with deletions (PostgreSQL: REPLICA "
        "IDENTITY FULL), or set `streams[].external_id`.",
    ),
    Reason.DELETION_IN_DOUBT: Explanation(
        Outcome.REJECTED,
        "Marked as deleted, next to an unreadable line",
        "No contact is removed: the line may have held a record that replaces the deletion.",
        "Look at the line in the store of rejected records. Remove the contact in Mailchimp if the record is gone at "
        "the source, or let the source send its deletions again.",
    ),
    Reason.ADDRESS_OF_ANOTHER: Explanation(
        Outcome.REJECTED,
        "Address belongs to a contact with another external ID",
        "Nothing is written: two records in the source have the same address.",
        "Check in the source which of the two owns the address. If the address was "
        "passed on, sync both records together, or the later one again: the address is free once its last "
        "owner has another one.",
    ),
    Reason.OPTED_OUT: Explanation(
        Outcome.HELD,
        "Opted out; left unsubscribed",
        "The contact unsubscribed and gets no email. The data is kept current; the status is not touched.",
        "Nothing. If the contact has really agreed again, see `resubscribe`.",
        is_opt_out=True,
    ),
    Reason.ARCHIVED: Explanation(
        Outcome.HELD,
        "Archived in Mailchimp; left archived",
        "The contact was archived. Mailchimp no longer shows the status before that, so it counts as opted out.",
        "Unarchive the contact in Mailchimp, or see `resubscribe`.",
        is_opt_out=True,
    ),
    Reason.CLEANED: Explanation(
        Outcome.HELD,
        "Cleaned by Mailchimp: email to the address bounced",
        "Mailchimp sends no email to cleaned contacts, and no setting changes that.",
        "Find a working address.",
    ),
    Reason.FORGOTTEN: Explanation(
        Outcome.HELD,
        "Permanently deleted earlier; only the contact can sign up again",
        (
            "The address was permanently deleted from the audience. Mailchimp accepts it "
            "only from the contact's own sign-up."
        ),
        "Nothing, or send the contact the link to the audience's sign-up form.",
        quotes_mailchimp=True,
    ),
    Reason.COMPLIANCE: Explanation(
        Outcome.HELD,
        "In Mailchimp's compliance state; only the contact can resubscribe",
        "The contact unsubscribed, complained or bounced: Mailchimp calls that a compliance state.",
        "They can come back through a sign-up form, or be asked with `resubscribe: ask`.",
        quotes_mailchimp=True,
        is_opt_out=True,
    ),
    Reason.CONSENT_NOT_NEWER: Explanation(
        Outcome.HELD,
        "Consent is not newer than the opt-out; left as is",
        "The contact stays opted out: the consent is older, dated in the future, or has no date.",
        "Nothing. With a later time in `streams[].consent_time_field` the record counts as a new consent.",
        is_opt_out=True,
    ),
    Reason.AUDIENCE_LIMIT: Explanation(
        Outcome.HELD,
        "Not added: the audience has reached max_members",
        "The contact is new, and the audience has reached `max_members`.",
        "Raise `max_members`, or archive contacts in Mailchimp; the record comes again with the next full sync.",
    ),
    Reason.ADDRESS_MAY_NOT_CHANGE: Explanation(
        Outcome.HELD,
        "Mailchimp does not allow the change of address",
        "Mailchimp changes the address of subscribed contacts only, or it refuses the new one. The old address stays, "
        "with the new data; the new one is not created, so that an opt-out cannot get lost.",
        "Nothing, or change the address in Mailchimp by hand.",
        quotes_mailchimp=True,
    ),
    Reason.NOT_A_MEMBER: Explanation(
        Outcome.SKIPPED,
        "Not in the audience",
        "Nothing is written: the sync mode `update` changes only contacts that are already there.",
        "Nothing, or choose a sync mode that adds contacts.",
    ),
    Reason.NOT_OPTED_IN: Explanation(
        Outcome.SKIPPED,
        "New, and not opted in",
        "The contact is not added, because the record says no.",
        "Nothing.",
    ),
    Reason.OPT_IN_MISSING: Explanation(
        Outcome.SKIPPED,
        "New, with no opt-in answer",
        "The contact is not added: the column in `streams[].opt_in_field` or `streams[].opt_out_field` holds no "
        "answer, or a mark in the record has a time that is yet to come.",
        "Fill the column in the source.",
    ),
    Reason.NOT_ADDED_BY_CHOICE: Explanation(
        Outcome.SKIPPED,
        "New, and new contacts are not added",
        "The contact is not added, because `new_member_status` is `do_not_add`.",
        "Nothing, or choose another `new_member_status`.",
    ),
    Reason.ALREADY_GONE: Explanation(
        Outcome.SKIPPED,
        "Marked as deleted; already gone",
        "The contact is not in the audience, or already is what `removal` would make them.",
        "Nothing.",
    ),
    Reason.REMOVAL_KEPT: Explanation(
        Outcome.SKIPPED,
        "Marked as deleted; kept",
        "The contact stays as it is, because `removal` is `keep`.",
        "Choose another `removal` to remove contacts whose records are deleted.",
    ),
    Reason.BELONGS_TO_ANOTHER_RECORD: Explanation(
        Outcome.SKIPPED,
        "Marked as deleted; the address belongs to another record now",
        "No contact is removed: the address now belongs to a contact with another external ID.",
        "Nothing.",
    ),
    Reason.REPLACED: Explanation(
        Outcome.SKIPPED,
        "Marked as deleted; replaced by another record",
        "No contact is removed: before the next STATE a record with the same primary key, address or external ID "
        "showed that the contact lives on. Databases report a changed key that way.",
        "Nothing.",
    ),
    Reason.OVERTAKEN: Explanation(
        Outcome.DUPLICATE,
        "A later record of the same address counts",
        "The later record is written in its place.",
        "Nothing. With `duplicates: first` the first one counts.",
    ),
    Reason.NOT_THE_FIRST: Explanation(
        Outcome.DUPLICATE,
        "The first record of the same address counts",
        "The first record of the address is written, because `duplicates` is `first`. A no would have counted.",
        "Nothing. With `duplicates: last` the later one counts.",
    ),
    Reason.OPTED_OUT_ONLY: Explanation(
        None,
        "Unsubscribed but not removed: next to an unreadable line",
        "The deleted record says no, and that counts. Whether the contact lives on in another record is not known.",
        ("Look at the line in the store of rejected records, and remove the contact in Mailchimp if needed."),
        is_loss=True,
    ),
    Reason.VALUE_REJECTED: Explanation(
        None,
        "Invalid value left out",
        "The contact is written without that value; what Mailchimp has there stays.",
        "Correct the value in the source, or map the column to a text field.",
        is_loss=True,
    ),
    Reason.TEXT_DAMAGED: Explanation(
        None,
        "Text damaged before it was received",
        "The record is written. Half of a character was left out, and bytes that are not UTF-8 became \ufffd.",
        ("Check the source: it cuts text in the middle of a character, or uses an encoding other than UTF-8."),
        is_loss=True,
    ),
    Reason.TEXT_CUT: Explanation(
        None,
        "Text cut to the length that Mailchimp keeps",
        "The contact is written with the beginning of the text.",
        "Nothing, or shorten the text in the source.",
        is_loss=True,
    ),
    Reason.ADDRESS_INCOMPLETE: Explanation(
        None,
        "Incomplete postal address left out",
        "The contact is written without the postal address: Mailchimp needs street, city, region and postcode.",
        "Fill or map the parts that are missing.",
        is_loss=True,
    ),
    Reason.TAG_REFUSED: Explanation(
        None,
        "Tag refused by Mailchimp",
        "The contact is written; the tag is not set. It is tried again with the next sync.",
        "See Mailchimp's answer in the log.",
        quotes_mailchimp=True,
        is_loss=True,
    ),
    Reason.FIELD_GONE: Explanation(
        None,
        "Value left out: its merge field or group was deleted during the sync",
        "The contact is written without that value: the merge field or the group was deleted in Mailchimp during the "
        "sync.",
        "Map the column to another field, or create the field again.",
        quotes_mailchimp=True,
        is_loss=True,
    ),
    Reason.OPT_IN_UNREADABLE: Explanation(
        None,
        "Unreadable opt-in or opt-out answer, counted as none",
        "It counts as no answer: no new contact is added for it, and no status changes.",
        "Let the column hold true or false, or in `streams[].opt_out_field` a time; [consent](consent.md) lists what "
        "else is understood.",
        is_loss=True,
    ),
    Reason.TIME_TO_COME: Explanation(
        None,
        "Opt-out or deletion more than 48 hours in the future",
        "It does not count as a yes: no contact is unsubscribed or removed for it, and no new contact is added.",
        "Correct the time in the source. Years from 2200 mean never.",
        is_loss=True,
    ),
    Reason.STATUS_KEPT: Explanation(
        None,
        "Gets no email: status left as is",
        "The contact is unsubscribed or cleaned. The data is kept current; no email is sent.",
        "Nothing.",
        quotes_mailchimp=True,
    ),
    Reason.CONFIRMATION_ASKED: Explanation(
        None,
        "Sent a confirmation email by Mailchimp",
        "The contact gets Mailchimp's confirmation email, and is subscribed by a click on the link in it.",
        "Nothing.",
    ),
    Reason.PERMISSION_UNKNOWN: Explanation(
        None,
        "Marketing permission not found in the audience",
        "The contact is written; the permission is not.",
        "Compare the text after `permission:` with the audience's marketing permissions in Mailchimp.",
        is_loss=True,
    ),
    Reason.JOINED: Explanation(
        None,
        "Joined with another contact of the same external ID",
        "Old and new address were two contacts. The new one stays, with the stricter consent of the two.",
        "Nothing.",
    ),
    Reason.OLD_CONTACT_ARCHIVED: Explanation(
        None,
        "Old contact archived after the join",
        "The contact at the old address is archived. One that has opted out stays as it is instead.",
        "Nothing.",
    ),
    Reason.RENAMED: Explanation(
        None,
        "Email address changed, history kept",
        "The contact now has the new address, and keeps tags, consent and history.",
        "Nothing.",
    ),
}
