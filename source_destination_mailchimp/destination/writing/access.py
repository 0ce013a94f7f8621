"""What a refusal means that is not about one member or one tag: the credentials, the account or the audience."""

from typing import assert_never

from source_destination_mailchimp.mailchimp import calls
from source_destination_mailchimp.mailchimp.answers import Knowledge, Refusal, RefusalKind
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.errors import Misconfigured
from source_destination_mailchimp.mailchimp.members import without_addresses

USER_DISABLED = "User Disabled"
"""Title of the refusal where the account is deactivated. [documented in the glossary of errors]"""

DATA_CENTER = "datacenter"
"""Is in what Mailchimp says of a key that belongs to another data centre. [documented, likewise]"""

AUDIENCE_GONE = "The audience is not there any more. Choose another one in audience."


def stop_if_about_the_audience(refusal: Refusal) -> None:
    """Raise `Misconfigured` for a refusal that every member would get: a right is missing, or the audience is gone."""
    match refusal.kind:
        case RefusalKind.CREDENTIALS | RefusalKind.PERMISSION:
            raise Misconfigured(_not_allowed(refusal))
        case RefusalKind.NOT_FOUND:
            raise Misconfigured(AUDIENCE_GONE)
        case RefusalKind.REQUEST:
            return
        case never:
            assert_never(never)


def stop_unless_about_one(client: Client, audience_id: str, refusal: Refusal) -> None:
    """Raise `Misconfigured` for a refusal that is not about the one tag, or the one member, that the call named.

    A 404 is about that one only where the audience itself is there still.
    """
    if refusal.kind is not RefusalKind.NOT_FOUND:
        stop_if_about_the_audience(refusal)
        return
    match client.ask(calls.read_audience(audience_id)):
        case Knowledge():
            return
        case Refusal() as about_audience:
            stop_if_about_the_audience(about_audience)
        case never:
            assert_never(never)


def _not_allowed(refusal: Refusal) -> str:
    """Return what is wrong with the credentials, and the way out, by what Mailchimp calls it."""
    words = without_addresses(refusal.sentence())
    if refusal.title == USER_DISABLED:
        return f"credentials: {words} Reactivate the account in Mailchimp, or use the key of another one."
    if DATA_CENTER in words.lower():
        return f"credentials: {words} Use the key as Mailchimp shows it, with the data center at its end (-us21)."
    return (
        f"Mailchimp does not let the user of these credentials write: {words} "
        "Use the key of a user whose role may manage the audience."
    )
