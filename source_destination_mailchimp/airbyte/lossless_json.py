"""JSON that loses nothing: every digit of a number, NaN and infinity, half characters, any depth.

The patient way beside orjson's fast one, which passes numbers through doubles and refuses the rest.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from json import decoder
from typing import Any, Final

import orjson

# A double holds every number of fifteen digits, a point among them. To look for a longer run like this costs a line of
# 700 bytes 0.5 µs; a regular expression would cost it 6 [measured].
_DIGITS = bytes.maketrans(b"123456789.", b"0" * 10)
_LONG_NUMBER = b"0" * 16

MOST_DIGITS_OF_AN_INT: Final = 4300
"""Python refuses to read or print an int of more; such a number is a `Decimal`. [Python documentation]"""

_SPACE = re.compile(r"[ \t\n\r]*")
_SCALAR = re.compile(
    r"(?P<float>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+(?:[eE][-+]?[0-9]+)?|[eE][-+]?[0-9]+))"
    r"|(?P<int>-?(?:0|[1-9][0-9]*))|(?P<word>true|false|null|NaN|-?Infinity)"
)
_scan_text = decoder.scanstring  # type: ignore[attr-defined] # what json itself reads texts with
_WORDS: Final = {"true": True, "false": False, "null": None}


def may_lose_digits(line: bytes) -> bool:
    """Return whether JSON has a number so long, perhaps in a text, that orjson may read it as another."""
    return _LONG_NUMBER in line.translate(_DIGITS)


def read_json(text: str) -> Any:
    """Return the value that a text holds; raises `ValueError` where it holds none, or more than one.

    A number is an int or a float where that keeps all its digits, else a `Decimal`; NaN and infinity are Decimals.
    """
    try:
        return _DECODER.decode(text)
    except RecursionError:
        return _DeepReader(text).read()


def read_shallow_json(text: str) -> Any:
    """Return what `read_json` does, and raise `ValueError` also for a depth of about a thousand levels or more."""
    try:
        return _DECODER.decode(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def write_json(value: Any) -> bytes:
    """Return a value as JSON, with every digit and at any depth; what JSON has no form for is written as its text."""
    try:
        return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)
    except TypeError:  # a number beyond 64 bit, a Decimal, half a character, more than 254 levels
        return "".join(_pieces(value)).encode()


def is_whole_text(text: str) -> bool:
    """Return whether no character of a text is only half there: a surrogate without its other one."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def has_half_characters(value: Any) -> bool:
    """Return whether any text in a JSON value, names among them, holds half a character."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            if not is_whole_text(one):
                return True
        elif isinstance(one, Mapping):
            waiting.extend(one)
            waiting.extend(one.values())
        elif isinstance(one, list | tuple):
            waiting.extend(one)
    return False


def _whole(digits: str) -> int | Decimal:
    if len(digits) <= MOST_DIGITS_OF_AN_INT:
        return int(digits)
    return Decimal(digits)


def _fraction(digits: str) -> float | Decimal:
    """Return a double if it says the same number, else a Decimal."""
    number = float(digits)
    try:
        exact = Decimal(digits)
    except InvalidOperation:  # an exponent of twenty digits
        return Decimal(repr(number))
    if Decimal(repr(number)) == exact:
        return number
    return exact


_DECODER = json.JSONDecoder(strict=False, parse_float=_fraction, parse_int=_whole, parse_constant=Decimal)


class _DeepReader:
    """Reads JSON without recursion, for the depth that Python's own reader refuses (about a thousand levels)."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._open: list[tuple[Any, Callable[[Any], None]]] = []
        """The containers around the present place, each with what puts a value into it."""

    def read(self) -> Any:
        found: list[Any] = []
        self._value(found.append)
        while self._open:
            container, put = self._open[-1]
            if self._next() in "]}":
                self._close(container)
                continue
            if container:
                self._expect(",")
            if isinstance(container, dict):
                put = self._named(container)
            self._value(put)
        if self._next():
            raise self._wrong()
        return found[0]

    def _next(self) -> str:
        """Return the next character that is no white space, "" at the end."""
        space = _SPACE.match(self._text, self._at)
        if space is not None:
            self._at = space.end()
        return self._text[self._at : self._at + 1]

    def _expect(self, sign: str) -> None:
        if self._next() != sign:
            raise self._wrong()
        self._at += 1

    def _close(self, container: Any) -> None:
        self._expect("}" if isinstance(container, dict) else "]")
        self._open.pop()

    def _named(self, container: dict[str, Any]) -> Callable[[Any], None]:
        """Read the name of a value, and return what puts the value under it."""
        self._expect('"')
        name, self._at = _scan_text(self._text, self._at, False)
        self._expect(":")

        def put(value: Any) -> None:
            container[name] = value

        return put

    def _value(self, put: Callable[[Any], None]) -> None:
        """Read one value, or the beginning of a container, and put it where it belongs."""
        match self._next():
            case "{":
                self._at += 1
                container: dict[str, Any] = {}
                put(container)
                self._open.append((container, put))
            case "[":
                self._at += 1
                items: list[Any] = []
                put(items)
                self._open.append((items, items.append))
            case '"':
                text, self._at = _scan_text(self._text, self._at + 1, False)
                put(text)
            case _:
                put(self._scalar())

    def _scalar(self) -> Any:
        found = _SCALAR.match(self._text, self._at)
        if found is None:
            raise self._wrong()
        self._at = found.end()
        text = found[0]
        match found.lastgroup:
            case "float":
                return _fraction(text)
            case "int":
                return _whole(text)
            case _:
                return _WORDS[text] if text in _WORDS else Decimal(text)

    def _wrong(self) -> ValueError:
        return ValueError(f"not JSON at character {self._at}")


class _Sign(str):
    """A piece of JSON that is written as it stands."""

    __slots__ = ()


def _pieces(value: Any) -> Iterator[str]:
    """Yield a value as pieces of JSON, without recursion."""
    waiting: list[Any] = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, _Sign):
            yield one
        elif isinstance(one, Mapping):
            waiting.extend(reversed(_of_object(one)))
        elif isinstance(one, list | tuple):
            waiting.extend(reversed(_of_list(one)))
        else:
            yield _scalar_text(one)


def _of_object(value: Mapping[Any, Any]) -> list[Any]:
    """Return the signs and values that an object is made of, in their order."""
    parts: list[Any] = []
    sign = "{"
    for name, item in value.items():
        parts += (_Sign(f"{sign}{_quoted(str(name))}:"), item)
        sign = ","
    parts.append(_Sign("}" if parts else "{}"))
    return parts


def _of_list(value: list[Any] | tuple[Any, ...]) -> list[Any]:
    parts: list[Any] = []
    sign = "["
    for item in value:
        parts += (_Sign(sign), item)
        sign = ","
    parts.append(_Sign("]" if parts else "[]"))
    return parts


def _scalar_text(value: Any) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, int | float):
        try:
            return json.dumps(value)
        except ValueError:  # more digits than Python prints
            return _quoted(hex(int(value)))
    return _quoted(str(value))


def _quoted(text: str) -> str:
    """Return a text as JSON; half a character stays what it is, in an escape."""
    return json.dumps(text, ensure_ascii=not is_whole_text(text))
