"""What it costs to map one record with an address and twenty fields, beside the same with each field empty.

Run it with `python benchmarks/mapping.py [records]`; the budget is about 12 µs a record.
"""

import sys
import time
from time import perf_counter

from source_destination_mailchimp.destination.form.settings import Settings
from source_destination_mailchimp.destination.mapping.compiling import LiveAudience, Mapper, compile_mapping
from source_destination_mailchimp.destination.mapping.digests import contact_digests, converters, member_reader
from source_destination_mailchimp.destination.model import Contact, StreamId
from source_destination_mailchimp.mailchimp.members import Audience, Json, MergeField

TEXTS, NUMBERS, DATES = 10, 5, 5
ROUNDS = 5


def fields() -> tuple[MergeField, ...]:
    """Twenty merge fields: ten texts, five numbers, five dates."""
    kinds = [("T", "text", TEXTS), ("N", "number", NUMBERS), ("D", "date", DATES)]
    return tuple(MergeField(f"{letter}{n}", f"{kind} {n}", kind) for letter, kind, many in kinds for n in range(many))


def records(many: int) -> list[Json]:
    """People with twenty values each, no two alike."""
    found = []
    for i in range(many):
        record: Json = {"email": f"Person.{i}@shop-{i % 977}.example.com"}
        record |= {f"t{n}": f"value {i} of column {n}" for n in range(TEXTS)}
        record |= {f"n{n}": i * 1.5 + n for n in range(NUMBERS)}
        record |= {f"d{n}": f"20{i % 24:02}-{i % 12 + 1:02}-{i % 28 + 1:02}" for n in range(DATES)}
        found.append(record)
    return found


def mapper(live: LiveAudience, names: list[str]) -> Mapper:
    """The columns of `records`, matched by tag."""
    settings = Settings.model_validate(
        {
            "credentials": {"auth_type": "apikey", "apikey": "0-us1"},
            "audience": "News",
            "new_member_status": "subscribed",
        }
    )
    schema: Json = {"properties": {name: {} for name in names}}
    compiled = compile_mapping(StreamId(None, "people"), settings, None, live, schema, now=time.time)
    assert isinstance(compiled, Mapper)
    return compiled


def main(many: int) -> None:
    """Print microseconds per record for mapping, for its digests, and for the digests of a member."""
    live = LiveAudience(Audience("a1", "News"), fields())
    people = records(many)
    compiled = mapper(live, list(people[0]))
    read = member_reader(compiled.tracked, converters(live.merge_fields))
    contacts = [contact for person in people if isinstance(contact := compiled.map(person), Contact)]
    assert len(contacts) == many
    assert all(len(contact.merge) == TEXTS + NUMBERS + DATES for contact in contacts)
    members = [{"merge_fields": contact.merge} for contact in contacts]
    for name, work, items in (
        ("record to contact", compiled.map, people),
        ("digests of a contact", contact_digests, contacts),
        ("digests of a member", read, members),
    ):
        best = min(timed(work, items) for _ in range(ROUNDS))
        print(f"{name:24} {best / many * 1e6:6.2f} µs")


def timed(work, items) -> float:  # type: ignore[no-untyped-def]
    """Seconds that a function takes for all items."""
    started = perf_counter()
    for item in items:
        work(item)
    return perf_counter() - started


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
