"""What every converter of the mapping takes for 100 kB of anything: `python -m benchmarks.converters [bytes]`.

The budget is 50 ms each. Where twice the text takes four times as long, a converter is quadratic.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import product
from random import Random
from time import perf_counter
from typing import Any

from benchmarks.rig import table
from source_destination_mailchimp.destination.mapping.consent_and_deletion import opt_in_answer
from source_destination_mailchimp.destination.mapping.emails import as_email
from source_destination_mailchimp.destination.mapping.fields import TYPES, converter
from source_destination_mailchimp.destination.mapping.group_steps import category_step, group_step
from source_destination_mailchimp.destination.mapping.lists import as_list
from source_destination_mailchimp.destination.mapping.profile import PROPERTIES
from source_destination_mailchimp.destination.mapping.steps import Draft, Step, tags_of
from source_destination_mailchimp.destination.mapping.time_marks import read_mark
from source_destination_mailchimp.destination.mapping.times import as_seconds, is_epoch
from source_destination_mailchimp.destination.mapping.values import Cut, Unfit, as_number, as_text, parsed
from source_destination_mailchimp.mailchimp.members import Interest, MergeField

BUDGET_SECONDS = 0.05
SIGNS = ["a", "é", "١", "1", "0", " ", "\t", "\u00a0", ",", ";", "|", ".", "-", "+", "/", ":", "@", "<", "(", ")"]
SIGNS += ["[", "]", "{", "}", '"', "'", "\\", "\u200b", "&amp;", "T", "UTC", "jan", "https://", "mailto:", "\x00", "\n"]
ENDS = ["", "x", "1", " UTC", "@shop.com", "]", '"', "}"]

Work = Callable[[Any], Any]


def converters() -> Iterator[tuple[str, Work]]:
    """Everything that turns a value of a record into one of Mailchimp's, by name."""
    for kind in TYPES:
        yield f"field {kind}", converter(MergeField("X", "X", kind, choices=("Yes", "No", "Blue, dark")))
    yield "field date, day first", converter(MergeField("X", "X", "date", date_format="DD/MM/YYYY"))
    yield "field birthday, day first", converter(MergeField("X", "X", "birthday", date_format="DD/MM"))
    yield "field phone, US", converter(MergeField("X", "X", "phone", phone_format="US"))
    address = converter(MergeField("X", "X", "address", default_country=164))
    for part in ("addr1", "city", "state", "zip", "country"):
        whole = {"addr1": "1 Main St", "city": "Here", "state": "NY", "zip": "10001", "country": "US"}
        yield f"address, {part}", _in_part(address, whole, part)
    for name, prop in PROPERTIES.items():
        yield name, prop.convert
    yield from (("email", as_email), ("tags", tags_of), ("list", as_list), ("number", as_number), ("text", as_text))
    yield from (("JSON", parsed), ("time", as_seconds), ("epoch", is_epoch))
    yield from (("mark", lambda value: read_mark(value, 0.0)), ("opt-in", opt_in_answer))
    groups = [Interest(f"i{n}", name, "Pets") for n, name in enumerate(("Cats", "Cats, big", "Dogs"))]
    yield "groups", _filled(category_step(groups, lambda record: record["x"], clear=False))
    yield "group", _filled(group_step(groups[0], groups, lambda record: record["x"], clear=False))


def _filled(step: Step) -> Work:
    return lambda value: step.fill({"x": value}, Draft({}, {}, {}, {}))


def _in_part(convert: Work, whole: dict[str, str], part: str) -> Work:
    return lambda value: convert(whole | {part: value})


def junk(size: int) -> Iterator[str]:
    """Texts of this many characters: one sign or two over and over, with an end that a pattern may look for; noise."""
    units = [*SIGNS, *("".join(pair) for pair in product(SIGNS, repeat=2))]
    for place, unit in enumerate(units):
        end = ENDS[place % len(ENDS)]
        yield (unit * size)[:size] + end
    for sign, end in product(SIGNS, ENDS):
        yield "2024-05-01" + (sign * size)[:size] + end
    luck = Random(1)
    for _ in range(100):
        yield "".join(luck.choices(SIGNS, k=size))[:size]


def seconds(work: Work, value: Any) -> float:
    """Seconds that one value takes."""
    began = perf_counter()
    with suppress(Unfit, Cut):
        work(value)
    return perf_counter() - began


def main(size: int) -> None:
    """Print the slowest text of each converter, and how much longer twice as much of it takes."""
    rows = []
    texts = list(junk(size))
    for name, work in converters():
        slowest = max(texts, key=lambda text: seconds(work, text))
        took = min(seconds(work, slowest) for _ in range(3))
        doubled = min(seconds(work, slowest[:-1] * 2 + slowest[-1:]) for _ in range(3))
        growth = doubled / max(took, 1e-6)
        verdict = "" if took <= BUDGET_SECONDS else "over the budget"
        rows.append((name, f"{took * 1000:.1f}", f"{growth:.1f}", f"{slowest[:8]!r}…{slowest[-4:]!r}", verdict))
    table(f"Converters, {size:,} characters of anything", ("", "ms at most", "x for twice", "the text", ""), rows)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
