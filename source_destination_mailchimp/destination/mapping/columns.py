"""Columns of a record: how a setting names them and how they are read."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from source_destination_mailchimp.destination.mapping.names import normal_name, quoted_names, same_spelling
from source_destination_mailchimp.destination.mapping.values import MISSING, as_object, as_text, parsed
from source_destination_mailchimp.mailchimp.errors import Misconfigured

Record = Mapping[str, Any]
Reader = Callable[[Record], Any]
"""The value of a column in a record; `MISSING` where the record has no such column."""

_PLUS = re.compile(r"""\s\+\s(?=(?:[^"]*"[^"]*")*[^"]*$)""")
"""What joins columns; inside double quotes it is a part of a name."""

_SEGMENT = re.compile(r""""([^"]*)"|'([^']*)'|([^."']+)""")
_EMAIL_NAMES = ("email", "emailaddress", "mail", "emailid")
_OF_AIRBYTE = ("_ab_", "_airbyte_")
_MOST_DIGITS_OF_A_POSITION = 5


@dataclass(frozen=True, slots=True)
class Path:
    """One column, or a value nested in it."""

    text: str
    """As the user wrote it."""

    segments: tuple[str, ...]

    @classmethod
    def of_column(cls, name: str) -> "Path":
        """Return the path of a column itself."""
        return cls(name, (name,))

    @property
    def root(self) -> str:
        """The column of the record."""
        return self.segments[0]

    @property
    def is_plain(self) -> bool:
        """Whether it is a column itself."""
        return len(self.segments) == 1

    def is_inside(self, other: "Path") -> bool:
        """Return whether it is the same value as another path's, or one inside it."""
        return self.segments[: len(other.segments)] == other.segments


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns that a stream has, by its schema or, where that says nothing, by its first record."""

    names: tuple[str, ...]
    is_complete: bool = True
    """Whether a name that is not among them is a mistake: first records leave columns out, schemas do not."""

    without_parts: frozenset[str] = frozenset()
    """Those that hold no objects, so nothing can be read inside them."""

    def path(self, text: str, setting: str) -> Path:
        """Return the one column that a setting names; raises `Misconfigured` for one that there is not.

        A column's exact name wins, dots and spaces included; else dots lead inwards. Quotes keep a dot in a name:
        `"first.name".value`.
        """
        text = self._as_spelled(text.strip())
        if text in self.names:
            return Path.of_column(text)
        segments = _segments(text)
        if not segments or "" in segments:
            raise Misconfigured(f"{setting} does not name a column.")
        path = Path(text, (self._as_spelled(segments[0]), *segments[1:]))
        if self.is_complete and path.root not in self.names:
            raise Misconfigured(self._unknown(path.root, setting))
        return path

    def paths(self, text: str, setting: str) -> tuple[Path, ...]:
        """Return the columns of an entry of `fields`: one, or several joined by ` + `; an exact name is tried first."""
        if self._as_spelled(text.strip()) in self.names:
            return (self.path(text, setting),)
        return tuple(self.path(part, setting) for part in _PLUS.split(text))

    def _as_spelled(self, name: str) -> str:
        """Return a column's name as the stream spells it: its accents may be characters of their own."""
        if name.isascii() or name in self.names:
            return name
        for other in self.names:
            if same_spelling(other) == same_spelling(name):
                return other
        return name

    def _unknown(self, name: str, setting: str) -> str:
        hint = f"It has {quoted_names(self.names)}."
        similar = self._similar(name)
        if similar:
            hint = f'Did you mean "{similar}"?'
        return f'{setting} names the column "{name}", which the stream does not have. {hint}'

    def _similar(self, name: str) -> str | None:
        close = get_close_matches(name, self.names, 1)
        if close:
            return close[0]
        for other in self.names:
            if normal_name(other) == normal_name(name):
                return other
        return None


def columns_of_schema(json_schema: Mapping[str, Any]) -> Columns:
    """Return the columns that a JSON schema lists."""
    properties: Mapping[str, Any] = json_schema.get("properties") or {}
    without_parts = set()
    for name, schema in properties.items():
        if _is_scalar(schema):
            without_parts.add(name)
    return Columns(tuple(properties), True, frozenset(without_parts))


def columns_of_record(record: Record) -> Columns:
    """Return the columns that a first record shows."""
    without_parts = set()
    for name, value in record.items():
        says_something = value is not None
        if says_something and as_object(value) is None:
            without_parts.add(name)
    return Columns(tuple(record), False, frozenset(without_parts))


def is_of_airbyte(column: str) -> bool:
    """Return whether a column was added on the way and says nothing about a person."""
    return column.startswith(_OF_AIRBYTE)


def email_column(columns: Columns, ignored: Iterable[str], setting: str) -> Path:
    """Return the column that is named like an address; raises `Misconfigured` if none is, or no single one."""
    left_out = set(ignored)
    usable = []
    candidates = []
    for name in columns.names:
        if name in left_out or is_of_airbyte(name):
            continue
        usable.append(name)
        if normal_name(name) in _EMAIL_NAMES:
            candidates.append(name)
    best = [name for name in candidates if normal_name(name) == "email"]
    if not best:
        best = candidates
    if len(best) == 1:
        return Path.of_column(best[0])
    if best:
        raise Misconfigured(
            f"{setting} must say which column holds the email address: {quoted_names(best)} could all be meant."
        )
    raise Misconfigured(
        f"{setting} must name the column that holds the email address: no column is named "
        f"email, mail or e-mail address. The stream has {quoted_names(usable)}."
    )


def reader(path: Path) -> Reader:
    """Return what reads one column."""
    if path.is_plain:
        column = path.root
        return lambda record: record.get(column, MISSING)

    def read(record: Record) -> Any:
        # The exact name of a column wins, also where only this record has it.
        if path.text in record:
            return record[path.text]
        return _inside(record, path.segments)

    return read


def joined_reader(paths: tuple[Path, ...]) -> Reader:
    """Return what reads several columns as one text with spaces between; a single one as it is."""
    if len(paths) == 1:
        return reader(paths[0])
    readers = [reader(path) for path in paths]

    def read(record: Record) -> Any:
        is_there = False
        texts = []
        for read_one in readers:
            value = read_one(record)
            if value is MISSING:
                continue
            is_there = True
            text = as_text(value)
            if text:
                texts.append(text)
        if not is_there:
            return MISSING
        return " ".join(texts)

    return read


def _segments(text: str) -> tuple[str, ...]:
    """Return the parts of a path without their dots and quotes; an empty part stays, for a sentence about it."""
    # Of the three ways to write a part at most one has matched.
    return tuple("".join(ways) for ways in _SEGMENT.findall(text))


def _is_scalar(schema: Any) -> bool:
    """Return whether a JSON schema says for certain that its values are no objects."""
    if not isinstance(schema, Mapping):
        return False
    kinds = schema.get("type")
    if isinstance(kinds, str):
        return kinds != "object"
    if isinstance(kinds, list):
        return "object" not in kinds
    return False


def _inside(value: Any, segments: tuple[str, ...]) -> Any:
    """Follow names into objects, positions into lists, and both into JSON that is stored as text."""
    for segment in segments:
        if value is None:
            return None
        if isinstance(value, str):
            value = parsed(value)
        if isinstance(value, Mapping):
            value = value.get(segment, MISSING)
        elif isinstance(value, list):
            value = _item(value, segment)
        else:
            return MISSING
        if value is MISSING:
            return MISSING
    return value


def _item(values: list[Any], position: str) -> Any:
    """Return the item at a position that is written in digits, from 0; `MISSING` where there is none."""
    if not position.isdecimal() or len(position) > _MOST_DIGITS_OF_A_POSITION:
        return MISSING
    index = int(position)
    if index >= len(values):
        return MISSING
    return values[index]
