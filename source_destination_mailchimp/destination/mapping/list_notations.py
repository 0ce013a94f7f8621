"""Lists as programs write them into a text: JSON, also twice, PHP, and the arrays of Python, Spark and databases.

Only what is a list beyond doubt is opened here; a text between whose names stand separators is for `lists`. An object,
or a list that breaks off, is refused and so reported: half of it would be another list.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

import orjson

from source_destination_mailchimp.destination.mapping.values import Unfit, parsed

_OBJECT: Final = "an object, not a list of names"
CUT: Final = "a list that breaks off"
_DAMAGED_PHP: Final = "a PHP list that cannot be read"

_NAME_KEYS: Final = ("name", "tag", "label", "title", "value")
"""Where an object of a list may have its name. [documented by Mailchimp, Ghost, ActiveCampaign and HubSpot]"""

_CALL = re.compile(
    r"(?:(?:np\.|numpy\.)?(?i:array|set|frozenset|list|tuple)\(([\[{(].*[\]})])(?:,\s{0,9}dtype=[^()\[\]]{0,40})?\)"
    r"|(?i:array)(\[.*\]))",
    re.DOTALL,
)
"""An array with the word for it in front: of numpy, of Python's sets, of Postgres and BigQuery."""

_CALL_WITHOUT_BRACKETS = re.compile(r"(?:(?i:array)\((['\"].*['\"])\)|WrappedArray\((.*)\))", re.DOTALL)
"""The same, of ClickHouse and Spark."""

_NOTHING: Final = frozenset({"()", "set()", "frozenset()", "list()", "tuple()", "array()", "ARRAY()", "WrappedArray()"})
_BEGINS_AN_OBJECT = re.compile(r"[\[{(\s]*+(['\"])[^'\"]{0,200}\1\s{0,9}:")
_BEGINS_WITH_QUOTE = re.compile(r"[\[{]\s*+['\"]")
LEFT_OUT: Final = frozenset({"...", "…"})
"""What numpy and pandas write in the place of values, where a list is long."""

_VALUE_OF_NUMPY = r"(?:'(?:[^'\\]|\\.)*+'|\"(?:[^\"\\]|\\.)*+\"|None|nan|<NA>|\.\.\.)"
_OF_NUMPY = re.compile(rf"\[\s*+(?:{_VALUE_OF_NUMPY}(?:\s++|(?=\])))++\]", re.DOTALL)
_VALUES_OF_NUMPY = re.compile(_VALUE_OF_NUMPY, re.DOTALL)
_PHP = re.compile(r"a:\d{1,9}:\{.*\}", re.DOTALL)
_PHP_SCALAR = re.compile(rb'i:(-?\d{1,20});|(N);|s:(\d{1,9}):"')


def opened(text: str) -> list[Any] | None:
    """Return the values of a list that a program wrote into a text; None where the text is no such list.

    Raises `Unfit` for an object, and for a list that cannot be read as a whole.
    """
    value = parsed(text) or _quoted_json(text)
    if isinstance(value, list):
        return value
    if isinstance(value, Mapping):
        return values_of(value)
    if text in _NOTHING:
        return []
    if _PHP.fullmatch(text):
        return _php_list(text.encode(errors="replace"))
    return None


def without_call(text: str) -> str:
    """Return an array without the word in front of it, as `[…]` or `{…}`; another text as it is."""
    found = _CALL.fullmatch(text)
    if found:
        return found[1] or found[2]
    found = _CALL_WITHOUT_BRACKETS.fullmatch(text)
    if found:
        return f"[{found[1] or found[2]}]"
    return text


def with_commas(text: str) -> str:
    """Return numpy's `['a' 'b' None]` with commas between its values, another text as it is."""
    if _OF_NUMPY.fullmatch(text):
        return f"[{','.join(_VALUES_OF_NUMPY.findall(text))}]"
    return text


def check_whole(text: str) -> None:
    """Raise `Unfit` where brackets open an object, or a list of names in quotes that nothing closes."""
    if text[:1] not in ("[", "{"):
        return
    if _BEGINS_AN_OBJECT.match(text):
        raise Unfit(_OBJECT)
    if _BEGINS_WITH_QUOTE.match(text) and not text.endswith(("]", "}")):
        raise Unfit(CUT)


def values_of(found: Mapping[str, Any]) -> list[Any]:
    """Return the values of an object whose keys are positions, as PHP writes a list with gaps; raises `Unfit`."""
    if not all(key.isdecimal() for key in found):
        raise Unfit(_OBJECT)
    return list(found.values())


def name_of(item: Any) -> Any:
    """Return the name that an object of a list has; any other item as it is. Raises `Unfit` for one without a name."""
    if not isinstance(item, Mapping):
        return item
    for key in _NAME_KEYS:
        name = item.get(key)
        if isinstance(name, str) and name.strip():
            return name
    raise Unfit(_OBJECT)


def flattened(values: list[Any] | tuple[Any, ...], most: int) -> list[Any]:
    """Return the items of a list and of the lists in it, the first `most` of them and one more.

    Of a pair of an ID and a name, as Odoo writes a reference, the name counts.
    """
    found: list[Any] = []
    waiting = list(reversed(values))
    while waiting and len(found) <= most:
        one = waiting.pop()
        if isinstance(one, list | tuple):
            items = one[1:] if _is_reference(one) else one
            waiting.extend(reversed(items))
        else:
            found.append(one)
    return found


def _is_reference(value: list[Any] | tuple[Any, ...]) -> bool:
    return len(value) == 2 and value[0].__class__ is int and isinstance(value[1], str)


def _quoted_json(text: str) -> Any:
    """Return the list or object that a text holds as JSON in quotes: JSON of JSON, a cell of CSV, or Python's text."""
    quote = text[:1]
    if quote not in ('"', "'") or len(text) < len('"[]"') or text[-1] != quote:
        return None
    if quote == "'":
        return parsed(text[1:-1])
    try:
        inside = str(orjson.loads(text))
    except orjson.JSONDecodeError:
        return parsed(text[1:-1].replace('""', '"'))
    # Each time that JSON is written once more, a text at least doubles its backslashes: this goes no deeper than a few.
    return parsed(inside) or _quoted_json(inside)


def _php_list(text: bytes) -> list[Any]:
    """Return the values of PHP's `a:1:{i:0;s:3:"VIP";}`, whose lengths count bytes; raises `Unfit`.

    An array with names for keys is an object; so is one whose values are arrays.
    """
    found: list[Any] = []
    place = text.index(b"{") + 1
    while place < len(text) - 1:
        key, place = _php_scalar(text, place)
        if not isinstance(key, int):
            raise Unfit(_OBJECT)
        value, place = _php_scalar(text, place)
        found.append(value)
    if place != len(text) - 1 or len(found) != int(text[2 : text.index(b":", 2)]):
        raise Unfit(_DAMAGED_PHP)
    return found


def _php_scalar(text: bytes, place: int) -> tuple[Any, int]:
    """Return the number, text or null at a place, and where the next one begins."""
    found = _PHP_SCALAR.match(text, place)
    if found is None:
        raise Unfit(_DAMAGED_PHP)
    number, null, length = found.groups()
    if number:
        return int(number), found.end()
    if null:
        return None, found.end()
    end = found.end() + int(length)
    if text[end : end + 2] != b'";':
        raise Unfit(_DAMAGED_PHP)
    return text[found.end() : end].decode(errors="replace"), end + 2
