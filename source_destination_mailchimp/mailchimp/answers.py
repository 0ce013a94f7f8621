"""Sort what comes back from Mailchimp: what is known now, what is refused, and what has to be waited out.

This is the only place that reads a status code. Whoever needs more than the three types asks a refusal for its `kind`.
"""

from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from typing import Any, NamedTuple


@dataclass(frozen=True, slots=True)
class Expect:
    """What a call promises to answer where it succeeds.

    Every call declares this; the table asks for no more yet than JSON, and takes a 204 from any call.
    """

    keys: tuple[str, ...] = ()
    """Keys that the body of a success has."""

    may_be_empty: bool = False
    """Whether success is a 204 without a body."""

    is_raw: bool = False
    """Whether the body of a success is bytes, and no JSON of the API's."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """A success in the form that was asked for: Mailchimp did, or shows, what the call says."""

    status: int
    body: Any = field(repr=False)
    tries: int = 1
    """Above 1 an earlier try may have taken effect although its answer was lost."""

    server_time: datetime | None = None
    """Mailchimp's own clock, in full seconds, when it answered; None where it did not tell."""

    seconds: float = 0.0
    """How long the answer took."""


class RefusalKind(Enum):
    """What a refusal is about, as far as its status tells."""

    CREDENTIALS = auto()
    """401: the key or token is not known. [documented]"""

    PERMISSION = auto()
    """403: the user of the key may not do this; only the caller can weigh what follows. [documented]"""

    NOT_FOUND = auto()
    """404: what the path names is not there. [documented]"""

    REQUEST = auto()
    """Anything else: this request, as it is, is not taken."""


UNTITLED = "Refused"
"""Stands for the title of a refusal that has none."""

_KINDS = {401: RefusalKind.CREDENTIALS, 403: RefusalKind.PERMISSION, 404: RefusalKind.NOT_FOUND}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Mailchimp's no, with its problem document. Texts are Mailchimp's own and may hold addresses."""

    status: int
    title: str
    detail: str = field(repr=False)
    fields: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """(field, message) pairs where Mailchimp named fields."""

    tries: int = 1
    """Above 1 an earlier try may have taken effect although its answer was lost."""

    @classmethod
    def read(cls, status: int, body: Any) -> "Refusal":
        """Read a problem document, whatever of it is missing."""
        if not isinstance(body, dict):
            return cls(status, title=UNTITLED, detail="")
        return cls(
            status=status,
            title=str(body.get("title") or UNTITLED),
            detail=str(body.get("detail") or ""),
            fields=tuple(_named_fields(body.get("errors"))),
        )

    @property
    def kind(self) -> RefusalKind:
        """Return what the refusal is about."""
        return _KINDS.get(self.status, RefusalKind.REQUEST)

    def sentence(self) -> str:
        """Return what Mailchimp said, with the named fields, in one line."""
        named = "; ".join(map(_named, self.fields))
        if not self.detail and not named:
            return self.title
        if named in self.detail:
            return self.detail
        return f"{self.detail} ({named})"


@dataclass(frozen=True, slots=True)
class Weather:
    """Nothing to learn from: throttling, an outage, a lost or foreign answer. It passes; the call is tried again."""

    reason: str
    """What to call it in a log: `HTTP 503`, or the name of an error of the connection."""

    status: int | None = field(default=None, compare=False)
    """The status that came; None where no answer came."""


Answer = Knowledge | Refusal
"""Mailchimp's word on a call."""


class Form(Enum):
    """Which form the body of an answer has, seen from the call."""

    EXPECTED = auto()
    """What the call asked for."""

    PROBLEM = auto()
    """A JSON object where no success is: Mailchimp's problem document."""

    FOREIGN = auto()
    """Nothing, a cut body, a gateway's HTML page, or JSON that is no object."""


class Sort(Enum):
    """The three things that an answer can be."""

    KNOWLEDGE = auto()
    REFUSAL = auto()
    WEATHER = auto()


class Rule(NamedTuple):
    """One row of the table."""

    statuses: Container[int]
    forms: tuple[Form, ...]
    sort: Sort


SUCCESS = range(200, 300)
_ANY = tuple(Form)

TABLE = (
    Rule(SUCCESS, (Form.EXPECTED,), Sort.KNOWLEDGE),
    Rule(SUCCESS, _ANY, Sort.WEATHER),  # a body that was cut or is no JSON: what happened is unknown
    Rule((408, 425, 429), _ANY, Sort.WEATHER),
    Rule((403,), (Form.FOREIGN,), Sort.WEATHER),  # throttling at high volume has no JSON body [documented]
    Rule(range(100, 500), _ANY, Sort.REFUSAL),
)
"""Status and form of an answer → what it is; the first row that fits counts. What fits none is weather: every 5xx, and
whatever is no status at all. Never sorted by text, which Mailchimp translates. [observed for merge-field messages]"""


def classify(status: int, body: Any, expect: Expect) -> Answer | Weather:
    """Sort one answer; `body` is the decoded JSON, None where there is none, or bytes where the call wants them."""
    match sort_of(status, form_of(status, body, expect)):
        case Sort.KNOWLEDGE:
            return Knowledge(status, body)
        case Sort.REFUSAL:
            return Refusal.read(status, body)
        case Sort.WEATHER:
            return Weather(f"HTTP {status}", status)


def sort_of(status: int, form: Form) -> Sort:
    """Look an answer up in the table."""
    for rule in TABLE:
        if status in rule.statuses and form in rule.forms:
            return rule.sort
    return Sort.WEATHER


def form_of(status: int, body: Any, expect: Expect) -> Form:
    """Return the form of a body, by the status that it came with and by what the call expects."""
    if status in SUCCESS:
        return _form_of_success(status, body, expect)
    if isinstance(body, dict):
        return Form.PROBLEM
    return Form.FOREIGN


def _form_of_success(status: int, body: Any, expect: Expect) -> Form:
    if expect.is_raw:
        return Form.EXPECTED
    if status == 204:
        return Form.EXPECTED
    if body is None:
        return Form.FOREIGN
    return Form.EXPECTED


def _named_fields(errors: Any) -> Iterator[tuple[str, str]]:
    """Yield what a problem document says of fields; of any other shape, nothing."""
    if not isinstance(errors, list):
        return
    for error in errors:
        if isinstance(error, dict):
            name = str(error.get("field", ""))
            message = str(error.get("message", ""))
            yield name, message


def _named(pair: tuple[str, str]) -> str:
    name, message = pair
    if not name:
        return message
    return f"{name}: {message}"
