"""A contact, a member and the rules of a stream, each with as little as a test wants to say."""

from typing import Any

from source_destination_mailchimp.destination.mapping.digests import contact_digests
from source_destination_mailchimp.destination.model import Contact, Known, StreamId
from source_destination_mailchimp.destination.rules.consent import Rules
from source_destination_mailchimp.destination.rules.plan import StreamRules
from source_destination_mailchimp.mailchimp.members import Status, member_hash

STREAM = StreamId(None, "people")
EMAIL = "ann@sandbox-people.org"
NOW = 2_000_000_000.0


def contact(email: str = EMAIL, stream: StreamId = STREAM, **parts: Any) -> Contact:
    """A record in Mailchimp's words."""
    return Contact(stream, {"email": email}, email, member_hash(email), **parts)


def known(status: Status = Status.SUBSCRIBED, changed_seconds: float = 1_000_000_000.0, **values: Any) -> Known:
    """A member with these merge values."""
    digests = contact_digests(contact(merge=values))
    return Known(status, EMAIL, changed_seconds, "2001-09-09T01:46:40+00:00", digests)


def rules(new: Any = "subscribed", resubscribe: Any = "never", **keys: Any) -> StreamRules:
    """The policies of the stream."""
    return StreamRules(STREAM, Rules(new, resubscribe), lambda: NOW, **keys)
