"""One table: what every reason says in the log, means for the person, and asks of the user."""

from typing import NamedTuple

from source_destination_mailchimp.destination.model import Outcome, Reason


class Explanation(NamedTuple):
    """A reason in words for people."""

    outcome: Outcome | None
    """The outcome it explains; None where it stands beside any outcome."""

    log: str
    """What stands after the count in the log: reads well after 1 as after 1,000."""

    meaning: str
    """What it means for the person whose record it is."""

    what_to_do: str

    quotes_mailchimp: bool = False
    """The detail of such a note is Mailchimp's own sentence or word, so the log may show it with its addresses masked.

    All other details may hold a value of the record: they go to the store alone."""

    is_opt_out: bool = False
    """A record is held for it because its person is opted out, so the headline counts it among those who stay so."""


EXPLANATIONS: dict[Reason, Explanation] = {
    Reason.NO_EMAIL: Explanation(
        Outcome.REJECTED,
        "without an e-mail address",
        "Nothing is written: Mailchimp knows people by their address.",
        "Fill the column in the source, or filter such rows out. If every row is meant, set `streams[].email_field`.",
    ),
    Reason.INVALID_EMAIL: Explanation(
        Outcome.REJECTED,
        "with an address that cannot be one",
        "Nothing is written. The address breaks the rules for addresses, so no mail could reach it.",
        "Correct the address in the source; the record comes again when it changes.",
    ),
    Reason.INVALID_VALUE: Explanation(
        Outcome.REJECTED,
        "with a value that its field cannot take",
        "Nothing of the person is written, because `invalid_values` is `reject_record`.",
        "Correct the value, or choose `invalid_values: reject_value` to lose the value and keep the person.",
    ),
    Reason.INVALID_EXTERNAL_ID: Explanation(
        Outcome.REJECTED,
        "with an external ID that may have lost digits",
        "Nothing is written: a number with a point or an exponent may stand for two IDs, and the data of one person "
        "would reach another.",
        "Cast the column to text or to a whole number in the source, and keep it in a text merge field.",
    ),
    Reason.NOT_A_RECORD: Explanation(
        Outcome.REJECTED,
        "not readable as a record",
        "Nothing is written: the message holds no columns.",
        "Look at the source's own log; this is a fault on its side.",
    ),
    Reason.UNREADABLE_LINE: Explanation(
        Outcome.REJECTED,
        "not readable as a message",
        "Nothing is written: the line is not JSON, so nobody knows whose record it was. No contact is removed from a "
        "mirrored list in this run.",
        "Look at the line in the store of rejected records, and at the source that wrote it.",
    ),
    Reason.ADDRESS_REFUSED: Explanation(
        Outcome.REJECTED,
        "with an address that Mailchimp refused",
        "The person is not added. Mailchimp takes the address for fake, for a role (like abuse@) or for blocked.",
        "Correct the address if you know a better one. Otherwise leave it: it is offered again when it comes again.",
        quotes_mailchimp=True,
    ),
    Reason.VALUE_REFUSED: Explanation(
        Outcome.REJECTED,
        "with a value that Mailchimp refused",
        "With `invalid_values: reject_record` nothing of the person is written. Otherwise the person is written "
        "without the value, and the reason stands beside the outcome.",
        "Look at Mailchimp's words: they name the merge field. Correct the value or take the column out.",
        quotes_mailchimp=True,
    ),
    Reason.REQUIRED_FIELD_EMPTY: Explanation(
        Outcome.REJECTED,
        "without a value for a required field",
        "The person is not written: Mailchimp requires a value in a merge field for which the record has none.",
        "Fill the column, make the field optional in Mailchimp, or choose `required_fields: ignore`.",
        quotes_mailchimp=True,
    ),
    Reason.REFUSED_BY_MAILCHIMP: Explanation(
        Outcome.REJECTED,
        "refused by Mailchimp",
        "Nothing is written for this person.",
        "Mailchimp's words in the log and in the store say why.",
        quotes_mailchimp=True,
    ),
    Reason.SIGNUP_THROTTLED: Explanation(
        Outcome.REJECTED,
        "with an address that was signed up too often lately",
        "The person is not added now: Mailchimp has seen this address in too many audiences in a short time.",
        "Wait a day and sync again; nothing else helps.",
        quotes_mailchimp=True,
    ),
    Reason.MAILCHIMP_FAILED: Explanation(
        Outcome.REJECTED,
        "not written because Mailchimp fails with a server error for this contact",
        "Nothing is written. Mailchimp answered every try with a server error (HTTP 5xx), took other contacts by the "
        "same call before and after, and still shows this one unchanged. At most five contacts a sync are rejected for "
        "it; with more the sync ends as a transient error.",
        "Look at the contact in Mailchimp, and ask Mailchimp's support. It is tried again when its record comes again.",
        quotes_mailchimp=True,
    ),
    Reason.DELETION_WITHOUT_ADDRESS: Explanation(
        Outcome.REJECTED,
        "marked as deleted, without an address or a known external id",
        "Nobody is removed: the record does not say who is meant.",
        "Let the source send the address with its deletions (PostgreSQL: REPLICA IDENTITY FULL), or set "
        "`streams[].external_id`.",
    ),
    Reason.DELETION_IN_DOUBT: Explanation(
        Outcome.REJECTED,
        "marked as deleted, next to a line that could not be read",
        "Nobody is removed: the line may have held a record that replaces the deletion, so the contact may live on.",
        "Look at the line in the store of rejected records. Remove the contact in Mailchimp if the record is gone at "
        "the source, or let the source send its deletions again.",
    ),
    Reason.ADDRESS_OF_ANOTHER: Explanation(
        Outcome.REJECTED,
        "with an address that belongs to somebody with another external id",
        "Nothing is written: two people of the source claim one address.",
        "Find out in the source which of the two has the address. If it was passed on, both records together, or the "
        "later one once more, change it: the address is free as soon as its last owner has another.",
    ),
    Reason.OPTED_OUT: Explanation(
        Outcome.HELD,
        "opted out, and it stays that way",
        "The person unsubscribed and gets no mail. The data is kept current; the status is not touched.",
        "Nothing. If somebody has really agreed again, see `resubscribe`.",
        is_opt_out=True,
    ),
    Reason.ARCHIVED: Explanation(
        Outcome.HELD,
        "archived in Mailchimp, and it stays that way",
        "Somebody archived the person. What they were before Mailchimp no longer says, so it counts as opted out.",
        "Bring the person back in Mailchimp, or see `resubscribe`.",
        is_opt_out=True,
    ),
    Reason.CLEANED: Explanation(
        Outcome.HELD,
        "cleaned, because mail to the address bounced",
        "Mailchimp mails nobody it has cleaned, and no setting changes that.",
        "Find a working address.",
    ),
    Reason.FORGOTTEN: Explanation(
        Outcome.HELD,
        "deleted permanently, so nobody but themselves can add them",
        "The address was erased from the audience for good. Mailchimp takes it only from the person's own sign-up.",
        "Nothing, or send the person the link to the audience's sign-up form.",
        quotes_mailchimp=True,
    ),
    Reason.COMPLIANCE: Explanation(
        Outcome.HELD,
        "whom Mailchimp lets nobody but themselves subscribe",
        "The person unsubscribed themselves, complained or bounced: Mailchimp calls that a compliance state.",
        "They can come back through a sign-up form, or be asked with `resubscribe: ask`.",
        quotes_mailchimp=True,
        is_opt_out=True,
    ),
    Reason.CONSENT_NOT_NEWER: Explanation(
        Outcome.HELD,
        "with a consent that is not newer than the opt-out",
        "The person stays opted out: the yes was given before, is dated in the future, or nobody knows when.",
        "Nothing. With a later time in `streams[].consent_time_field` the record counts as a new consent.",
        is_opt_out=True,
    ),
    Reason.AUDIENCE_LIMIT: Explanation(
        Outcome.HELD,
        "not added, because the audience is full",
        "The person is new and the audience has reached `max_members`.",
        "Raise `max_members`, or archive people in Mailchimp; the record comes again with the next full sync.",
    ),
    Reason.ADDRESS_MAY_NOT_CHANGE: Explanation(
        Outcome.HELD,
        "with a changed address that Mailchimp does not let us write",
        "Mailchimp changes addresses of subscribed people only, or it refuses the new one. The old address stays, with "
        "the new data; the new one is not created, so that an opt-out cannot get lost.",
        "Nothing, or change the address in Mailchimp by hand.",
        quotes_mailchimp=True,
    ),
    Reason.NOT_A_MEMBER: Explanation(
        Outcome.SKIPPED,
        "not in the audience",
        "Nothing is written: the sync mode `update` touches only people who are there already.",
        "Nothing, or choose a sync mode that adds people.",
    ),
    Reason.NOT_OPTED_IN: Explanation(
        Outcome.SKIPPED,
        "new, and did not agree to be mailed",
        "The person is not added: the record says no.",
        "Nothing.",
    ),
    Reason.OPT_IN_MISSING: Explanation(
        Outcome.SKIPPED,
        "new, without an answer to whether they may be mailed",
        "The person is not added: the column in `streams[].opt_in_field` or `streams[].opt_out_field` holds no "
        "answer, or a mark in the record has a time that is yet to come.",
        "Fill the column in the source.",
    ),
    Reason.NOT_ADDED_BY_CHOICE: Explanation(
        Outcome.SKIPPED,
        "new, and nobody is to be added",
        "The person is not added, because `new_member_status` is `do_not_add`.",
        "Nothing, or choose another `new_member_status`.",
    ),
    Reason.ALREADY_GONE: Explanation(
        Outcome.SKIPPED,
        "marked as deleted, with nothing left to take away",
        "The person is not in the audience, or already is what `removal` would make them.",
        "Nothing.",
    ),
    Reason.REMOVAL_KEPT: Explanation(
        Outcome.SKIPPED,
        "marked as deleted, and kept",
        "The person stays as they are, because `removal` is `keep`.",
        "Choose another `removal` if deleted people are to go.",
    ),
    Reason.BELONGS_TO_ANOTHER_RECORD: Explanation(
        Outcome.SKIPPED,
        "marked as deleted, with an address that another record has now",
        "Nobody is removed: the address has gone over to somebody with another external id.",
        "Nothing.",
    ),
    Reason.REPLACED: Explanation(
        Outcome.SKIPPED,
        "marked as deleted, and replaced by another record",
        "Nobody is removed: before the next STATE a record with the same primary key, address or external id showed "
        "that the contact lives on. Databases report a changed key that way.",
        "Nothing.",
    ),
    Reason.OVERTAKEN: Explanation(
        Outcome.DUPLICATE,
        "overtaken by a later record of the same address",
        "The later record is written in its place.",
        "Nothing. With `duplicates: first` the first one counts.",
    ),
    Reason.NOT_THE_FIRST: Explanation(
        Outcome.DUPLICATE,
        "of an address that came before",
        "The first record of the address is written, because `duplicates` is `first`.",
        "Nothing. With `duplicates: last` the later one counts.",
    ),
    Reason.OPTED_OUT_ONLY: Explanation(
        None,
        "opted out but not removed, because a line next to the deletion could not be read",
        "The deleted record says no, and that counts. Whether the contact lives on in another record is not known.",
        "Look at the line in the store of rejected records, and remove the contact in Mailchimp if it is to go.",
    ),
    Reason.VALUE_REJECTED: Explanation(
        None,
        "with a value left out that its field cannot take",
        "The person is written without that value; what Mailchimp has there stays.",
        "Correct the value in the source, or map the column to a text field.",
    ),
    Reason.TEXT_DAMAGED: Explanation(
        None,
        "with text that was damaged before it came",
        "The record is written. Half of a character was left out, and bytes that are not UTF-8 became \ufffd.",
        "Look at the source: it cuts texts in the middle of a character, or writes another encoding than UTF-8.",
    ),
    Reason.TEXT_CUT: Explanation(
        None,
        "with a text cut to the length that Mailchimp keeps",
        "The person is written, with the beginning of the text.",
        "Nothing, or shorten the text in the source.",
    ),
    Reason.ADDRESS_INCOMPLETE: Explanation(
        None,
        "with a postal address left out because a part of it is missing",
        "The person is written without the postal address: Mailchimp wants street, city, region and postcode together.",
        "Fill or map the parts that are missing.",
    ),
    Reason.TAG_REFUSED: Explanation(
        None,
        "with a tag that Mailchimp refused",
        "The person is written; the tag is not set. It is tried again with the next sync.",
        "Mailchimp's words in the log say why.",
        quotes_mailchimp=True,
    ),
    Reason.FIELD_GONE: Explanation(
        None,
        "with a value left out because its merge field or group is gone",
        "The person is written without that value: somebody deleted the merge field or the group in Mailchimp while "
        "the sync ran.",
        "Map the column to another field, or create the field again.",
        quotes_mailchimp=True,
    ),
    Reason.OPT_IN_UNREADABLE: Explanation(
        None,
        "with an answer to the opt-in or opt-out that cannot be read",
        "It counts as no answer: nobody new is added for it, and nobody's status changes.",
        "Let the column hold true or false, or in `streams[].opt_out_field` a time; [consent](consent.md) lists what "
        "else is understood.",
    ),
    Reason.TIME_TO_COME: Explanation(
        None,
        "with an opt-out or a deletion more than 48 hours in the future",
        "It does not count as a yes: nobody is unsubscribed or removed for it, and nobody new is added.",
        "Correct the time in the source. Years from 2200 on mean never.",
    ),
    Reason.STATUS_KEPT: Explanation(
        None,
        "not mailed: their status in Mailchimp stays",
        "The person is unsubscribed or cleaned. The data is kept current; no mail goes to them.",
        "Nothing.",
        quotes_mailchimp=True,
    ),
    Reason.CONFIRMATION_ASKED: Explanation(
        None,
        "asked by Mailchimp to confirm",
        "The person gets Mailchimp's confirmation mail, and is subscribed when they click the link in it.",
        "Nothing.",
    ),
    Reason.PERMISSION_UNKNOWN: Explanation(
        None,
        "with a marketing permission that the audience does not have",
        "The person is written; the permission is not.",
        "Compare the text after `permission:` with the audience's marketing permissions in Mailchimp.",
    ),
    Reason.JOINED: Explanation(
        None,
        "joined with a second contact of the same person",
        "Old and new address were two contacts. The new one stays, with the stricter consent; the old is archived.",
        "Nothing.",
    ),
    Reason.RENAMED: Explanation(
        None,
        "with a changed address, under which they keep their history",
        "The contact has the new address now, with its tags, its consent and its past.",
        "Nothing.",
    ),
}
