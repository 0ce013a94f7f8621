"""What becomes of a record of somebody who is there, if Mailchimp does as it is asked."""

from typing import assert_never

from source_destination_mailchimp.destination.form.settings import NewMemberStatus
from source_destination_mailchimp.destination.model import Contact, Known, Note, OptIn, Outcome, Reason, Settled
from source_destination_mailchimp.destination.rules.consent import Consent, has_opted_out, mails_newcomers
from source_destination_mailchimp.mailchimp.members import Status


def settled_if_written(contact: Contact, known: Known, verdict: Consent, setting: NewMemberStatus) -> Settled:
    """Return the outcome of writing somebody who is there, if Mailchimp does as it is asked.

    A change of the status is the outcome; the data that is written with it is detail.
    """
    if verdict.held is not None:
        return Settled(Outcome.HELD, Note(verdict.held), contact.notes)
    match verdict.write:
        case None:
            return Settled(Outcome.UPDATED, None, _beside(contact, known, setting))
        case Status.UNSUBSCRIBED:
            return Settled(Outcome.UNSUBSCRIBED, None, _beside(contact, known, setting))
        case Status.PENDING:
            beside = (*contact.notes, Note(Reason.CONFIRMATION_ASKED))
            return Settled(_came_back(known, Outcome.ASKED), None, beside)
        case Status.SUBSCRIBED:
            return Settled(_came_back(known, Outcome.RESUBSCRIBED), None, _beside(contact, known, setting))
        case Status.TRANSACTIONAL | Status.CLEANED | Status.ARCHIVED | Status.OTHER:
            raise ValueError(f"nobody who is there becomes {verdict.write} by a record")
        case _:
            assert_never(verdict.write)


def _came_back(known: Known, outcome: Outcome) -> Outcome:
    """Return the outcome for somebody who had left; a transactional contact never had, so they are updated."""
    if has_opted_out(known.status):
        return outcome
    return Outcome.UPDATED


def _beside(contact: Contact, known: Known, setting: NewMemberStatus) -> tuple[Note, ...]:
    """Return what a marketer wants to hear although the record is fine: the settings mail people, but not this one."""
    match contact.opt_in:
        case OptIn.NOT_ASKED:
            is_meant_for_mail = mails_newcomers(setting)
        case OptIn.YES | OptIn.NO | OptIn.UNCHECKED | OptIn.MISSING:
            is_meant_for_mail = False  # the record's own answer explains it
        case _:
            assert_never(contact.opt_in)
    if is_meant_for_mail and known.status in (Status.UNSUBSCRIBED, Status.CLEANED, Status.OTHER):
        return (*contact.notes, Note(Reason.STATUS_KEPT, detail=known.status.value))
    return contact.notes
