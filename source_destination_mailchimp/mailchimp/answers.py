"""Sort what comes back from Mailchimp: what is known now, what is refused, and what has to be waited out.

Between us and Mailchimp stand gateways, proxies and captive portals, which answer too. So only Mailchimp's own form is
its word: a problem document that names its own status for a refusal, the keys that the call promises for a success.
Whatever else comes tells nothing about a contact or an audience, and is weather.

This is the only place that reads a status code. Whoever needs more than the three types asks a refusal for its `kind`.
"""

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from typing import Any, NamedTuple


@dataclass(frozen=True, slots=True)
class Expect:
    """What a call promises to answer where it succeeds.

    Every call declares this. Without anything declared a success is a JSON object with at least one key.
    """

    keys: tuple[str, ...] = ()
    """Keys that the body of a success has, all of them."""

    lists: tuple[str, ...] = ()
    """Further keys that it has, whose values are arrays: the rows of a collection."""

    one_of: tuple[str, ...] = ()
    """Keys of which it has at least one."""

    may_be_empty: bool = False
    """Whether success is a 204 without a body, and nothing else. [observed for archiving and tags, documented] Where
    its headers are known it has to show by them that it is Mailchimp's: a gateway's 204 says the same without."""

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
    """No call of this key is taken: 401 for an unknown key or token, 403 for a deactivated account or the data center
    of another account. [documented]"""

    PERMISSION = auto()
    """Any other 403: the role of the user or the plan of the account does not cover this call; only the caller can
    weigh what follows. [documented]"""

    NOT_FOUND = auto()
    """404: what the path names is not there. [documented]"""

    REQUEST = auto()
    """Anything else: this request, as it is, is not taken."""


UNTITLED = "Refused"
"""Stands for the title of a refusal that has none."""

_KINDS = {401: RefusalKind.CREDENTIALS, 403: RefusalKind.PERMISSION, 404: RefusalKind.NOT_FOUND}

USER_DISABLED = "User Disabled"
"""Title of the 403 of a deactivated account. [documented]"""

_DATA_CENTER = re.compile(r"data ?cent(er|re)", re.IGNORECASE)
"""Found in the detail of the 401, and of the 403, that a key gets from another data center. [observed]"""


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
        """Read a problem document, whatever of it beside title and status is missing."""
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
        if self.status == 403 and (self.is_account_disabled or self.names_data_center):
            return RefusalKind.CREDENTIALS
        return _KINDS.get(self.status, RefusalKind.REQUEST)

    @property
    def is_account_disabled(self) -> bool:
        """Return whether the account behind the key is deactivated."""
        return self.title == USER_DISABLED

    @property
    def names_data_center(self) -> bool:
        """Return whether Mailchimp says that the key may belong to another data center."""
        return _DATA_CENTER.search(self.detail) is not None

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

    is_mailchimps: bool = field(default=False, compare=False)
    """Whether Mailchimp itself said it, in a problem document: it is there, only busy or broken."""

    way_out: str = field(default="", compare=False)
    """What the user can do where it looks like a setting: an unknown host, a certificate that is not trusted."""


Answer = Knowledge | Refusal
"""Mailchimp's word on a call."""


class Form(Enum):
    """Which form the body of an answer has, seen from the call."""

    EXPECTED = auto()
    """What the call asked for."""

    PROBLEM = auto()
    """Mailchimp's problem document: a JSON object with a title and the very status that it came with."""

    FOREIGN = auto()
    """Anything else: nothing, a cut body, a gateway's HTML page, JSON of somebody else."""


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
_REFUSALS = range(400, 500)
_ANY = tuple(Form)

TABLE = (
    Rule(SUCCESS, (Form.EXPECTED,), Sort.KNOWLEDGE),
    Rule((408, 425, 429), _ANY, Sort.WEATHER),  # Mailchimp's own, but about this moment and not about the request
    Rule(_REFUSALS, (Form.PROBLEM,), Sort.REFUSAL),
)
"""Status and form of an answer → what it is; the first row that fits counts. What fits none is weather: a success or a
refusal in a form that is not Mailchimp's, every redirect, every 5xx, and whatever is no status at all. Throttling at
high volume is among these: a 403 or 429 without JSON [documented]. Never sorted by the text of a detail, which
Mailchimp translates. [observed for merge-field messages]"""


def classify(status: int, body: Any, expect: Expect, *, is_signed: bool = True) -> Answer | Weather:
    """Sort one answer; `body` is the decoded JSON, None where there is none, or bytes where the call wants them.

    `is_signed`: whether the headers are like Mailchimp's; the results of a job have none of their own, and are.
    """
    match sort_of(status, form_of(status, body, expect, is_signed=is_signed)):
        case Sort.KNOWLEDGE:
            return Knowledge(status, body)
        case Sort.REFUSAL:
            return Refusal.read(status, body)
        case Sort.WEATHER:
            return _weather(status, body)


def sort_of(status: int, form: Form) -> Sort:
    """Look an answer up in the table."""
    for rule in TABLE:
        if status in rule.statuses and form in rule.forms:
            return rule.sort
    return Sort.WEATHER


def form_of(status: int, body: Any, expect: Expect, *, is_signed: bool = True) -> Form:
    """Return the form of a body, by the status that it came with and by what the call expects."""
    if status in SUCCESS:
        return _form_of_success(status, body, expect, is_signed=is_signed)
    if _is_problem(status, body):
        return Form.PROBLEM
    return Form.FOREIGN


def _form_of_success(status: int, body: Any, expect: Expect, *, is_signed: bool) -> Form:
    if expect.is_raw:
        is_expected = status == 200
    elif expect.may_be_empty:
        is_expected = status == 204 and is_signed
    else:
        is_expected = _has_what_is_expected(body, expect)
    return Form.EXPECTED if is_expected else Form.FOREIGN


def _has_what_is_expected(body: Any, expect: Expect) -> bool:
    """Return whether a body is an object with every key that the call promises; an empty one says nothing at all."""
    if not isinstance(body, dict) or not body:
        return False
    if any(key not in body for key in expect.keys):
        return False
    if any(not isinstance(body.get(key), list) for key in expect.lists):
        return False
    return not expect.one_of or any(key in body for key in expect.one_of)


_TYPE = re.compile(r"https?://([a-z0-9-]+\.)*(mailchimp|intuit)\.com(/.*)?")
"""The `type` of a problem document names a page of Mailchimp's, where there is one at all. [observed] Gateways and
frameworks write documents of the same standard with `about:blank` or a page of their own."""


def _is_problem(status: int, body: Any) -> bool:
    """Return whether a body is a problem document of Mailchimp's.

    Title and status are in every one, and the status is that of the answer. [observed in all 267 that are recorded]
    """
    if not isinstance(body, dict):
        return False
    title = body.get("title")
    if not isinstance(title, str) or not title:
        return False
    if body.get("status") != status:
        return False
    named = body.get("type")
    return not named or _TYPE.fullmatch(str(named)) is not None


def _weather(status: int, body: Any) -> Weather:
    is_mailchimps = _is_problem(status, body)
    reason = f"HTTP {status}"
    if status < 400 or (not is_mailchimps and status in _REFUSALS):
        reason = f"HTTP {status}, not in Mailchimp's own form"
    return Weather(reason, status, is_mailchimps)


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
