"""One table: what a refusal of Mailchimp's means, stop, wait, or refuse this one item.

MailchimpError
├── Misconfigured   a setting or a right is wrong: the run stops, the user acts
├── Unavailable     waiting was tried and is spent: the platform tries the run again later
└── Refused         Mailchimp answered no to this one call: the caller decides
"""

from collections.abc import Mapping
from enum import Enum, auto
from typing import Any

from source_destination_mailchimp.mailchimp.members import without_addresses


class MailchimpError(Exception):
    """Mailchimp, or the way to it, did not do what was asked."""


class Misconfigured(MailchimpError):
    """A setting, a key or a right is wrong; the message says which and the way out."""


class Unavailable(MailchimpError):
    """Mailchimp did not answer within all tries."""


class Refused(MailchimpError):
    """Mailchimp refused one call for good.

    `fields` has (field, message) pairs where Mailchimp named fields. Texts are Mailchimp's own and may
    hold addresses; `str()` of the error has them masked.
    """

    def __init__(self, status: int, title: str, detail: str, fields: tuple[tuple[str, str], ...] = ()) -> None:
        self.status = status
        self.title = title
        self.detail = detail
        self.fields = fields
        self.tries = 1
        """Above 1 an earlier try may have taken effect although its answer was lost."""

        super().__init__(without_addresses(f"{status} {title}: {self.sentence()}"))

    def sentence(self) -> str:
        """What Mailchimp said, with the named fields, in one line."""
        named = "; ".join(f"{field}: {message}" if field else message for field, message in self.fields)
        return f"{self.detail} ({named})" if named and named not in self.detail else self.detail or self.title


class Refusal(Enum):
    """What to do about an answer that is not a success."""

    STOP = auto()
    WAIT = auto()
    REFUSE = auto()


def kind_of(status: int, body: Any) -> Refusal:
    """Sort an answer by status and by whether it is JSON; never by its (localised) text.

    A 403 or 429 without a JSON body is throttling at high volume [documented]; so is every 5xx and a gateway's
    HTML page. A JSON 401 is a wrong key; a JSON 403 is a missing right, which only the caller can weigh.
    """
    is_problem = isinstance(body, dict)
    if status in (408, 425, 429) or status >= 500 or status < 100:
        return Refusal.WAIT
    if status == 403 and not is_problem:
        return Refusal.WAIT
    if status == 401:
        return Refusal.STOP
    if 200 <= status < 300 and body is None and status != 204:
        return Refusal.WAIT  # a success whose body was cut or is no JSON: what happened is unknown
    return Refusal.REFUSE


def refused(status: int, body: Any) -> Refused:
    """The problem document of a refusal as an error, whatever of it is missing."""
    problem: Mapping[str, Any] = body if isinstance(body, dict) else {}
    errors = problem.get("errors")
    fields = tuple(
        (str(error.get("field", "")), str(error.get("message", "")))
        for error in (errors if isinstance(errors, list) else [])
        if isinstance(error, dict)
    )
    return Refused(status, str(problem.get("title") or "Refused"), str(problem.get("detail") or ""), fields)


class MemberRefusal(Enum):
    """Why Mailchimp does not take one member."""

    EXISTS = auto()
    GONE = auto()
    FORGOTTEN = auto()
    COMPLIANCE = auto()
    THROTTLED = auto()
    ADDRESS = auto()
    FIELD = auto()
    UNANSWERED = auto()
    """Neither accepted nor refused: what happened is unknown until the member is read again."""

    MOVED = auto()
    """The member changed between our look and our write; nothing was sent."""

    OTHER = auto()


# Batch rows carry Mailchimp's English sentence and no title; only merge-field messages are localised
# [observed], and those are known by their field. First match counts.
_SENTENCES = (
    ("permanently deleted", MemberRefusal.FORGOTTEN),
    ("compliance state", MemberRefusal.COMPLIANCE),
    ("signed up to a lot of lists", MemberRefusal.THROTTLED),
    ("is already a list member", MemberRefusal.EXISTS),
    ("looks fake or invalid", MemberRefusal.ADDRESS),
    ("provide a valid email address", MemberRefusal.ADDRESS),
    ("portion of the email address is invalid", MemberRefusal.ADDRESS),
    ("username portion", MemberRefusal.ADDRESS),
)
_TITLES = {
    "Member Exists": MemberRefusal.EXISTS,
    "Member In Compliance State": MemberRefusal.COMPLIANCE,
    "Forgotten Email Not Subscribed": MemberRefusal.FORGOTTEN,
    "Resource Not Found": MemberRefusal.GONE,
    "Method Not Allowed": MemberRefusal.GONE,
}


def member_refusal(sentence: str, *, title: str = "", code: str = "", field: str = "") -> MemberRefusal:
    """Sort the refusal of one member by code, title and field first, by its sentence last."""
    if code == "ERROR_CONTACT_EXISTS":
        return MemberRefusal.EXISTS
    if title in _TITLES:
        return _TITLES[title]
    for words, kind in _SENTENCES:
        if words in sentence:
            return kind
    return MemberRefusal.FIELD if field else MemberRefusal.OTHER
