"""Lists of names, however a cell of a table holds them: one tokenizer for tags and groups; knows neither.

A list in a text may be JSON, CSV with quotes as Mailchimp's own export writes tags, Python's `['VIP', 'x']`, numpy's
`['VIP' 'x']`, an array of Postgres `{VIP,"Blog news"}` or of DuckDB `[VIP, x]`, PHP's, one name a line, or names with
separators between. What is read is the same every time: no empty names, and no brackets or quotes that only held the
list together. What is no list of names, an object or a list that breaks off, is refused.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from source_destination_mailchimp.destination.mapping.invisible import trimmed
from source_destination_mailchimp.destination.mapping.list_notations import (
    CUT,
    LEFT_OUT,
    check_whole,
    flattened,
    name_of,
    opened,
    values_of,
    with_commas,
    without_call,
)
from source_destination_mailchimp.destination.mapping.names import same_name
from source_destination_mailchimp.destination.mapping.spelled_names import without_entities
from source_destination_mailchimp.destination.mapping.values import Unfit, as_text


class Item(NamedTuple):
    """One name of a list."""

    text: str
    is_whole: bool
    """Whether quotes or an array say where it begins and ends; else a separator may have been part of a name."""


@dataclass(frozen=True, slots=True)
class _Form:
    """One way to write a list in a text."""

    unquoted: re.Pattern[str]
    """A name up to the next separator; a backslash takes the separator behind it into the name."""

    quotes: str
    escape: re.Pattern[str]
    """What a backslash stands before in quotes."""

    nothing: frozenset[str]
    """Words without quotes that stand for no value."""


_SEPARATORS: Final = r",;|\n\r\t\x0b\x0c\x85\u2028\u2029，、；،؛"
"""Between names without quotes: signs, lines and tabs, also as Chinese, Japanese and Arabic write a comma."""

_ANY_SEPARATOR = re.compile(rf"(?:[^\\{_SEPARATORS}]++|\\.?)++", re.DOTALL)
_COMMA = re.compile(r"(?:[^\\,\n\r]++|\\.?)++", re.DOTALL)
_ANY_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_ESCAPED_SIGN = re.compile(r"""\\(?:(?!)()|(?!)()|([\\"',;|]))""")
_ESCAPED_SEPARATOR = re.compile(rf"\\([\\{_SEPARATORS}])")
_BETWEEN = re.compile(rf"[\s{_SEPARATORS}]*")
_UP_TO_QUOTE: Final = {
    '"': re.compile(r'"((?:[^"\\]++|\\.|"")*+)"', re.DOTALL),
    "'": re.compile(r"'((?:[^'\\]++|\\.|'')*+)'", re.DOTALL),
}
_WHITESPACE: Final = {"n": "\n", "r": "\r", "t": "\t"}

_PLAIN = _Form(_ANY_SEPARATOR, '"', _ESCAPED_SIGN, frozenset())
_QUOTED_BY_APOSTROPHES = _Form(_ANY_SEPARATOR, "\"'", _ESCAPED_SIGN, frozenset())
_IN_BRACKETS = _Form(_ANY_SEPARATOR, "\"'", _ANY_ESCAPE, frozenset({"null", "none", "nan"}))
_IN_BRACES = _Form(_COMMA, "\"'", _ANY_ESCAPE, frozenset({"null"}))
_LIST_IN_PARENTHESES = re.compile(r"\(\s*['\"].*['\"]\s*,?\s*\)", re.DOTALL)
_BRACKETS: Final = {"[": "]", "{": "}"}
_BULLETS: Final = ("- ", "* ", "• ")
MOST_NAMES: Final = 3000
"""Names of the longest list that is read: nobody has as many tags, and each costs time."""

_TOO_MANY: Final = f"a list of more than {MOST_NAMES} names"


def as_list(value: Any) -> list[str]:
    """Return the names of a list, an array or a text that holds one; raises `Unfit` as `items_of`."""
    return [item.text for item in items_of(value)]


def items_of(value: Any) -> list[Item]:
    """Return the names of a list, as `as_list`, each with whether it is known where it ends.

    Raises `Unfit` for what is no list of names, for one that breaks off, for NaN in it and for too many.
    """
    if isinstance(value, str):
        text = trimmed(value)
        if text[:1] in _BRACKETS:
            text = text.rstrip(",; ")
        found = opened(text)
        if found is None:
            return _items_of_text(text)
        value = found
    elif isinstance(value, Mapping):
        value = values_of(value)
    if not isinstance(value, list | tuple):
        value = [value]
    names = [as_text(name_of(one)) for one in flattened(value, MOST_NAMES)]
    return _visible(Item(without_entities(name), is_whole=True) for name in names)


def matched(items: Iterable[Item], names: Mapping[tuple[str, ...], str]) -> tuple[list[str], int]:
    """Return what the items mean by `parts_of` name → meaning, and how many of them mean nothing.

    A name may hold a separator, so of names that begin alike the longest is taken.
    """
    rest = list(items)
    longest = max(map(len, names), default=1)
    found = []
    unknown = 0
    place = 0
    while place < len(rest):
        length, meaning = _longest(rest, place, names, longest)
        place += length
        if meaning is None:
            unknown += 1
        else:
            found.append(meaning)
    return found, unknown


def parts_of(name: str) -> tuple[str, ...]:
    """Return what separators would make of a real name, spelled alike: "Cats, big" is ("cats", "big")."""
    parts = re.split(rf"[{_SEPARATORS}]", without_entities(name))
    return tuple(same_name(part.strip()) for part in parts if part.strip())


def _longest(
    items: list[Item], place: int, names: Mapping[tuple[str, ...], str], longest: int
) -> tuple[int, str | None]:
    """Return how many items from a place on are one name, and what it means; one of no meaning if none is."""
    first = items[place]
    whole = names.get(parts_of(first.text))
    if first.is_whole:
        return 1, whole
    parts: list[str] = []
    best: tuple[int, str | None] = (1, whole)
    for length, item in enumerate(items[place : place + longest], 1):
        if item.is_whole:
            break
        parts.extend(parts_of(item.text))
        meaning = names.get(tuple(parts))
        if meaning is not None:
            best = (length, meaning)
    return best


def _items_of_text(text: str) -> list[Item]:
    text = with_commas(without_call(_without_bullets(text)))
    check_whole(text)
    inside, form = _form_of(text)
    # An entity ends in a semicolon, which else would be a separator.
    return _visible(_items(without_entities(inside), form))


def _without_bullets(text: str) -> str:
    """Return a text of several lines without the bullet that each of them begins with."""
    lines = text.splitlines()
    if len(lines) < 2:
        return text
    for bullet in _BULLETS:
        if all(line.startswith(bullet) for line in lines if line.strip()):
            return "\n".join(line.removeprefix(bullet) for line in lines)
    return text


def _form_of(text: str) -> tuple[str, _Form]:
    """Return what is inside the brackets of a list, and how it is written."""
    if text.startswith("[") and text.endswith("]"):
        return text[1:-1], _IN_BRACKETS
    if text.startswith("{") and text.endswith("}"):
        return text[1:-1], _IN_BRACES
    if _LIST_IN_PARENTHESES.fullmatch(text):
        return text[1:-1], _IN_BRACKETS
    if text.startswith("'") and text.endswith("'"):
        return text, _QUOTED_BY_APOSTROPHES
    return text, _PLAIN


def _items(text: str, form: _Form) -> Iterable[Item]:
    """Yield the names between the separators; every sign is looked at a bounded number of times."""
    unclosed = set()
    place = _end(_BETWEEN, text, 0)
    while place < len(text):
        quote = text[place]
        if quote in form.quotes and quote not in unclosed:
            closed = _UP_TO_QUOTE[quote].match(text, place)
            if closed is None:
                # It is never closed, so neither is any later one: it is left over from a text that was cut.
                unclosed.add(quote)
                place += 1
                continue
            end = _end(form.unquoted, text, closed.end())
            if text[closed.end() : end].strip(" \t]})"):
                # The quotes were around a part of the name only.
                yield Item(text[place:end], is_whole=False)
            else:
                yield Item(_unescaped(closed[1], quote, form), is_whole=True)
        else:
            end = _end(form.unquoted, text, place)
            name = _without_brackets(text[place:end])
            if form is _IN_BRACKETS and name in LEFT_OUT:
                raise Unfit(CUT)
            if name.lower() not in form.nothing:
                yield Item(_ESCAPED_SEPARATOR.sub(r"\1", name), is_whole=False)
        place = _end(_BETWEEN, text, end)


def _end(pattern: re.Pattern[str], text: str, place: int) -> int:
    """Return where a pattern ends that may begin at a place; the place itself if it does not."""
    match = pattern.match(text, place)
    if match is None:
        return place
    return match.end()


def _unescaped(text: str, quote: str, form: _Form) -> str:
    """Return what stands in quotes, without what makes a quote part of it."""

    def meant(escaped: re.Match[str]) -> str:
        code = escaped[1] or escaped[2]
        if code:
            return chr(int(code, 16))
        return _WHITESPACE.get(escaped[3], escaped[3])

    return form.escape.sub(meant, text.replace(quote * 2, quote))


def _without_brackets(name: str) -> str:
    """Return a name without the brackets around it, or half of them: of a list in a list, or beside another.

    Those that begin and end inside a name are part of it.
    """
    name = name.strip()
    for opening, closing in _BRACKETS.items():
        begins = name.startswith(opening)
        ends = name.endswith(closing)
        if begins and (ends or closing not in name):
            name = name.lstrip(opening)
        if ends and (begins or opening not in name):
            name = name.rstrip(closing)
    return name


def _visible(items: Iterable[Item]) -> list[Item]:
    """Return the items that can be seen, each without what nobody sees around it."""
    found = []
    for count, item in enumerate(items, 1):
        if count > MOST_NAMES:  # those that turn out to be nothing cost as much time as names
            raise Unfit(_TOO_MANY)
        # `as_text` leaves out what JSON cannot carry.
        text = as_text(trimmed(item.text))
        if text:
            found.append(Item(text, item.is_whole))
    return found
