"""What ends a call, and with it perhaps a run; and what the refusal of one member means.

MailchimpError
├── Misconfigured   a setting or a right is wrong: the run stops, the user acts
├── Unavailable     waiting was tried and is spent: the platform tries the run again later
│   └── TooLarge    an answer is larger than any of Mailchimp's: asking again would bring it again
└── Refused         Mailchimp answered no to this one call: the caller decides
"""

from enum import Enum, auto

from source_destination_mailchimp.mailchimp.answers import Refusal
from source_destination_mailchimp.mailchimp.members import without_addresses

SERVER_ERROR = 500
"""The lowest status of a failure of Mailchimp's own."""

TOO_LARGE = (413, 414)
"""Statuses of a call that holds too much."""


class MailchimpError(Exception):
    """Mailchimp, or the way to it, did not do what was asked. Its text is safe to log, whatever it was made from."""

    def __init__(self, message: str) -> None:
        super().__init__(without_addresses(message))


class Misconfigured(MailchimpError):
    """A setting, a key or a right is wrong; the message says which and the way out."""


class Unavailable(MailchimpError):
    """Mailchimp did not answer within all tries.

    `status` is that of the last answer, which was not Mailchimp's word on the call; None where none came.
    """

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status

    @property
    def may_be_about_the_call(self) -> bool:
        """Return whether it may be about what the call holds: a 5xx, or that there is too much of it."""
        if self.status is None:
            return False
        return self.status >= SERVER_ERROR or self.status in TOO_LARGE


class TooLarge(Unavailable):
    """An answer was larger than it can be, and was not read to its end."""


class Refused(MailchimpError):
    """Mailchimp refused one call for good. `str()` of it has addresses masked; its `refusal` may hold them."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal
        super().__init__(f"{refusal.status} {refusal.title}: {refusal.sentence()}")

    def sentence(self) -> str:
        """Return what Mailchimp said, with the named fields, in one line; may hold an address."""
        return self.refusal.sentence()


def unusable_credentials(refusal: Refusal) -> Misconfigured:
    """Return what a refusal of kind CREDENTIALS means for the form: no call of this key or token is taken."""
    said = _ended(refusal.sentence())
    if refusal.is_account_disabled:
        return Misconfigured(
            f"credentials: Mailchimp says that the account behind this key or token is deactivated: {said} "
            "Reactivate the account in Mailchimp, or sign in with another one."
        )
    if refusal.names_data_center:
        return Misconfigured(
            f"Mailchimp does not accept the key or token in credentials: {said} Copy the full "
            "key again, including the suffix that names the data center (e.g. -us6), or create a new one."
        )
    return Misconfigured(
        f"Mailchimp does not accept the key or token in credentials: {said} Create a new one and enter it there."
    )


def _ended(sentence: str) -> str:
    """Return a sentence with its full stop."""
    if sentence.endswith((".", "!", "?")):
        return sentence
    return f"{sentence}."


class MemberRefusal(Enum):
    """Why Mailchimp does not take one member."""

    EXISTS = auto()
    GONE = auto()
    FORGOTTEN = auto()
    COMPLIANCE = auto()
    THROTTLED = auto()
    ADDRESS = auto()
    FIELD = auto()
    GROUP = auto()
    """A group in it is not in the audience."""

    UNANSWERED = auto()
    """Neither accepted nor refused: what happened is unknown until the member is read again."""

    FAILED = auto()
    """Mailchimp fails over this member, try after try, and takes others by the same call."""

    MOVED = auto()
    """The member changed between our look and our write; nothing was sent."""

    OTHER = auto()


# Batch rows carry Mailchimp's English sentence and no title; only merge-field messages are localised
# [observed], and those are known by their field. First match counts.
_SENTENCES = (
    ("permanently deleted", MemberRefusal.FORGOTTEN),
    ("previously removed from this audience", MemberRefusal.FORGOTTEN),
    ("compliance state", MemberRefusal.COMPLIANCE),
    ("previously unsubscribed from this list and must opt in again", MemberRefusal.COMPLIANCE),
    ("signed up to a lot of lists", MemberRefusal.THROTTLED),
    ("is already a list member", MemberRefusal.EXISTS),
    ("looks fake or invalid", MemberRefusal.ADDRESS),
    ("provide a valid email address", MemberRefusal.ADDRESS),
    ("portion of the email address is invalid", MemberRefusal.ADDRESS),
    ("username portion", MemberRefusal.ADDRESS),
    ("Invalid interest ID", MemberRefusal.GROUP),
)
_TITLES = {
    "Member Exists": MemberRefusal.EXISTS,
    "Member In Compliance State": MemberRefusal.COMPLIANCE,
    "Forgotten Email Not Subscribed": MemberRefusal.FORGOTTEN,
    "Resource Not Found": MemberRefusal.GONE,
    "Method Not Allowed": MemberRefusal.GONE,
}


def member_refusal(sentence: str, *, title: str = "", code: str = "", field: str = "") -> MemberRefusal:
    """Return why one member is refused: by code, title and field first, by its sentence last."""
    if code == "ERROR_CONTACT_EXISTS":
        return MemberRefusal.EXISTS
    if title in _TITLES:
        return _TITLES[title]
    for words, kind in _SENTENCES:
        if words in sentence:
            return kind
    return MemberRefusal.FIELD if field else MemberRefusal.OTHER
