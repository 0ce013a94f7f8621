"""The key of an event: Mailchimp gives it none, and five links that one scanner opens in a second are five events."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator

import orjson

from source_destination_mailchimp.mailchimp.members import Json

EMAIL_EVENT = ("campaign_id", "email_id", "action", "timestamp", "url")
FEED_EVENT = ("campaign_id", "list_id", "email_id", "activity_type", "created_at_timestamp", "link_clicked")
"""Columns that tell events apart: campaign, contact, action, time, and the address that was clicked."""

_BYTES = 16


def with_ids(events: Iterable[Json], columns: tuple[str, ...]) -> Iterator[Json]:
    """Yield events of one contact with an `activity_id`: a digest of the columns and of the number among equal ones.

    All events of the contact in one second have to be there, so that the number is the same at each reading.
    """
    equal: Counter[bytes] = Counter()
    for event in events:
        text = orjson.dumps([event.get(name) for name in columns])
        number = equal[text]
        equal[text] += 1
        found = hashlib.blake2b(text + b"%d" % number, digest_size=_BYTES)
        yield {**event, "activity_id": found.hexdigest()}
