"""Columns of a record: how a setting names them and how they are read."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from source_destination_mailchimp.destination.mapping.names import normal_name
from source_destination_mailchimp.destination.mapping.values import MISSING, as_object, as_text, parsed
from source_destination_mailchimp.mailchimp.errors import Misconfigured

Record = Mapping[str, Any]
Reader = Callable[[Record], Any]
"""The value of a column in a record; `MISSING` where the record has no such column."""

_TOKEN = re.compile(r"""(?:"[^"]*"|'[^']*'|[^\s"'])+""")
_SEGMENT = re.compile(r""""([^"]*)"|'([^']*)'|([^."']+)""")
_EMAIL_NAMES = ("email", "emailaddress", "mail", "emailid")
_OF_AIRBYTE = ("_ab_", "_airbyte_")


@dataclass(frozen=True, slots=True)
class Path:
    """One column, or a value nested in it."""

    text: str
    """As the user wrote it."""

    segments: tuple[str, ...]

    @property
    def root(self) -> str:
        """The column of the record."""
        return self.segments[0]

    @property
    def is_plain(self) -> bool:
        """Whether it is a column itself."""
        return len(self.segments) == 1


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns that a stream has, by its schema or, where that says nothing, by its first record."""

    names: tuple[str, ...]
    is_complete: bool = True
    """Whether a name that is not among them is a mistake: first records leave columns out, schemas do not."""

    without_parts: frozenset[str] = frozenset()
    """Those that hold no objects, so nothing can be read inside them."""

    def path(self, text: str, setting: str) -> Path:
        """The one column that a setting names; raises `Misconfigured` for one that there is not.

        A column's exact name wins, dots and spaces included; else dots lead inwards. Quotes keep a dot in a name:
        `"first.name".value`.
        """
        text = text.strip()
        if text in self.names:
            return Path(text, (text,))
        segments = tuple(next(filter(None, groups), "") for groups in _SEGMENT.findall(text))
        if not segments or "" in segments:
            raise Misconfigured(f"{setting} names no column.")
        path = Path(text, segments)
        if self.is_complete and path.root not in self.names:
            raise Misconfigured(self._unknown(path.root, setting))
        return path

    def paths(self, text: str, setting: str) -> tuple[Path, ...]:
        """The columns left of an arrow: one, or several separated by spaces. Quotes keep a space in a name."""
        if text.strip() in self.names:
            return (self.path(text, setting),)
        found = tuple(self.path(token, setting) for token in _TOKEN.findall(text))
        if not found:
            raise Misconfigured(f"{setting} names no column left of the arrow.")
        return found

    def _unknown(self, name: str, setting: str) -> str:
        close = get_close_matches(name, self.names, 1) or [n for n in self.names if normal_name(n) == normal_name(name)]
        hint = f'Did you mean "{close[0]}"?' if close else f"It has {listed(self.names)}."
        return f'{setting} names the column "{name}", which the stream does not have. {hint}'


def columns_of_schema(json_schema: Mapping[str, Any]) -> Columns:
    """The columns that a JSON schema lists."""
    properties: Mapping[str, Any] = json_schema.get("properties") or {}
    return Columns(tuple(properties), True, frozenset(name for name, one in properties.items() if _is_scalar(one)))


def columns_of_record(record: Record) -> Columns:
    """The columns that a first record shows."""
    flat = (name for name, value in record.items() if value is not None and as_object(value) is None)
    return Columns(tuple(record), False, frozenset(flat))


def is_of_airbyte(column: str) -> bool:
    """Whether a column was added on the way and says nothing about a person."""
    return column.startswith(_OF_AIRBYTE)


def email_column(columns: Columns, ignored: Iterable[str], setting: str) -> Path:
    """The column that is named like an address; raises `Misconfigured` if there is none, or no way to choose."""
    usable = [name for name in columns.names if name not in set(ignored) and not is_of_airbyte(name)]
    found = [name for name in usable if normal_name(name) in _EMAIL_NAMES]
    best = [name for name in found if normal_name(name) == "email"] or found
    if len(best) == 1:
        return Path(best[0], (best[0],))
    if best:
        raise Misconfigured(f"{setting} must say which column holds the address: {listed(best)} could all be it.")
    raise Misconfigured(
        f"{setting} must name the column that holds the address: none is called email, mail or e-mail address. "
        f"The stream has {listed(usable)}."
    )


def reader(path: Path) -> Reader:
    """What reads one column."""
    if path.is_plain:
        column = path.root
        return lambda record: record.get(column, MISSING)

    def read(record: Record) -> Any:
        if path.text in record:
            return record[path.text]
        return _inside(record, path.segments)

    return read


def joined_reader(paths: tuple[Path, ...]) -> Reader:
    """What reads several columns as one text with spaces between; a single one as it is."""
    if len(paths) == 1:
        return reader(paths[0])
    readers = [reader(path) for path in paths]

    def read(record: Record) -> Any:
        values = [value for read_one in readers if (value := read_one(record)) is not MISSING]
        return " ".join(text for value in values if (text := as_text(value))) if values else MISSING

    return read


def listed(names: Iterable[str]) -> str:
    """Names in a sentence, at most twenty of them."""
    names = list(names)
    shown = ", ".join(f'"{name}"' for name in names[:20])
    return (f"{shown} and {len(names) - 20} more" if len(names) > 20 else shown) or "no columns"


def _is_scalar(schema: Any) -> bool:
    kinds = schema.get("type") if isinstance(schema, Mapping) else None
    if isinstance(kinds, str):
        return kinds != "object"
    return isinstance(kinds, list) and "object" not in kinds


def _inside(value: Any, segments: tuple[str, ...]) -> Any:
    """Follow names into objects, positions into lists, and both into JSON that is stored as text."""
    for segment in segments:
        if value is None:
            return None
        if isinstance(value, str):
            value = parsed(value)
        if isinstance(value, Mapping) and segment in value:
            value = value[segment]
        elif isinstance(value, list) and segment.isdecimal() and len(segment) < 6 and int(segment) < len(value):
            value = value[int(segment)]
        else:
            return MISSING
    return value
