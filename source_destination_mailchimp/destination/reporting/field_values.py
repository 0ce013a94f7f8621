"""How many values each field of Mailchimp's got from the records of one stream."""

from collections import Counter
from collections.abc import Mapping

from source_destination_mailchimp.destination.model import Contact, Outcome, Settled


class FieldValues:
    """Counts records per field that they hold a value for, of those that reached their contact.

    A field has the key that it has in `Known.digests`; the tags of a record count under `tags`.
    """

    def __init__(self) -> None:
        self._values: Counter[str] = Counter()

    def count(self, contact: Contact, settled: Settled) -> None:
        """Count the values of one record, if Mailchimp holds them now."""
        outcome = settled.outcome
        if outcome is not Outcome.CREATED and not outcome.was_there:
            return
        for tag, value in contact.merge.items():
            if value != "":  # "" clears the field
                self._values[tag] += 1
        self._values.update(contact.profile.keys())
        for interest in contact.interests:
            self._values[f"interest:{interest}"] += 1
        for permission in contact.permissions:
            self._values[f"permission:{permission}"] += 1
        if contact.tags:
            self._values["tags"] += 1

    def counted(self) -> Mapping[str, int]:
        """Return what was counted so far, by field."""
        return dict(self._values)
