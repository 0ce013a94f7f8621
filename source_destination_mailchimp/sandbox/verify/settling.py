"""Make the questions that settle a switch: its words and values are the switch's own. Pure."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from source_destination_mailchimp.sandbox.control.switch import Switch
from source_destination_mailchimp.sandbox.verify.question import Answers, Question, Step

# Name of the switch, calls, reading, and what they need to be allowed.
Row = tuple[Any, ...]


def settling(switches: Sequence[Switch], *rows: Row) -> tuple[Question, ...]:
    """Return a question for every row; raises KeyError for a name that is no switch."""
    return tuple(_made(switches, rows))


def _made(switches: Sequence[Switch], rows: Sequence[Row]) -> Iterator[Question]:
    by_name = {switch.name: switch for switch in switches}
    for row in rows:
        name: str = row[0]
        steps: tuple[Step, ...] = row[1]
        read: Callable[[Answers], str] = row[2]
        switch = by_name[name]
        yield Question(name, switch.changes, switch.values, steps, read, frozenset(row[3:]))
