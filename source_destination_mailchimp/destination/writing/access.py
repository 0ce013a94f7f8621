"""What a refusal means that is not about one member or one tag: the credentials, the account or the audience."""

from typing import assert_never

from source_destination_mailchimp.mailchimp import calls
from source_destination_mailchimp.mailchimp.answers import Knowledge, Refusal, RefusalKind
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.errors import Misconfigured, unusable_credentials
from source_destination_mailchimp.mailchimp.members import without_addresses

AUDIENCE_GONE = "The audience no longer exists. Choose another one in the setting audience."


def stop_if_about_the_audience(refusal: Refusal) -> None:
    """Raise `Misconfigured` for a refusal that every member would get: a right is missing, or the audience is gone."""
    match refusal.kind:
        case RefusalKind.CREDENTIALS:
            raise unusable_credentials(refusal)
        case RefusalKind.PERMISSION:
            raise Misconfigured(
                "Mailchimp does not allow the user of these credentials to write: "
                f"{without_addresses(refusal.sentence())} Use the key of a user whose role can manage the audience."
            )
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
