"""The form of a question to a real account: which calls are made, and which answer means which position. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

Json = dict[str, Any]

MAIL: Final = "mail"
PERMANENT_DELETION: Final = "permanent-deletion"
SECOND_KEY: Final = "second-key"
PERMISSIONS: Final = (MAIL, PERMANENT_DELETION, SECOND_KEY)


class Unanswered(Exception):
    """A question that this account, audience or key gives no answer to; says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: `body` is {} where there was none or no JSON object."""

    status: int
    body: Json = field(default_factory=dict)
    date: str = ""

    @property
    def is_taken(self) -> bool:
        """Whether the call was taken."""
        return self.status < 300

    @property
    def words(self) -> str:
        """Title, detail and errors of a refusal."""
        errors = [str(error.get("message", "")) for error in self.body.get("errors", ()) if isinstance(error, dict)]
        title, detail = str(self.body.get("title", "")), str(self.body.get("detail", ""))
        return " ".join([title, detail, *errors]).strip()


Answers = Mapping[str, Answer]


@dataclass(frozen=True, slots=True)
class Step:
    """One call. Path, query and body may hold placeholders:

    `{audience}`, `{marker}` (begins every name that is made), `{a}` … `{f}` (the hash of a contact of the question),
    `{a.email}`, and `{step.key.key}` for a value of an earlier answer.
    """

    method: str
    path: str
    body: Any = None
    query: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    may_be_refused: bool = False
    """Whether a refusal is an answer; otherwise it ends the question."""
    given: str = ""
    """A placeholder that must have a value, although the call does not hold it."""
    lacks: str = ""
    """What to say where a placeholder of this step has no value: something that the audience does not have."""
    pause_seconds: float = 0
    until: Callable[[Answer], bool] | None = None
    """Repeat the call until this holds."""
    by_second_key: bool = False
    """Whether the key of --allow-second-key makes the call."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked; the first of `positions` is assumed. A question named like a switch settles the switch."""

    id: str
    text: str
    positions: tuple[str, ...]
    steps: tuple[Step, ...]
    read: Callable[[Answers], str]
    """The position that the answers mean; any other text is an answer that nobody expected."""
    needs: frozenset[str] = frozenset()


def member(letter: str, below: str = "") -> str:
    """Return the path of a contact of the question."""
    return f"/lists/{{audience}}/members/{{{letter}}}{below}"


def add(letter: str, status: str = "transactional", **values: Any) -> Step:
    """Return the call that adds a contact; one that is not subscribed gets no mail."""
    body = {"email_address": f"{{{letter}.email}}", "status": status, **values}
    return Step("POST", "/lists/{audience}/members", body, SKIP, name=f"added_{letter}")


def change(letter: str, body: Json, *, name: str = "changed", may_be_refused: bool = True) -> Step:
    """Return the call that changes a contact."""
    return Step("PATCH", member(letter), body, SKIP, name=name, may_be_refused=may_be_refused)


def archive(letter: str) -> Step:
    """Return the call that archives a contact."""
    return Step("DELETE", member(letter), name="archived")


def read_member(letter: str, name: str = "member") -> Step:
    """Return the call that reads a contact."""
    return Step("GET", member(letter), name=name)


def batch(row: Json, *, name: str = "batch", may_be_refused: bool = False, **settings: Any) -> Step:
    """Return a batch subscribe of one row."""
    body = {"members": [row], **settings}
    return Step("POST", "/lists/{audience}", body, SKIP, name=name, may_be_refused=may_be_refused)


def tag(name: str, letter: str = "", **more: Any) -> Step:
    """Return the call that makes a tag with nobody in it."""
    return Step(
        "POST", "/lists/{audience}/segments", {"name": f"{{marker}}{letter}", "static_segment": []}, name=name, **more
    )


# A required merge field of the audience is no part of most questions.
SKIP: Final = {"skip_merge_validation": "true"}


def taken_or_refused(step: str, taken: str, refused: str) -> Callable[[Answers], str]:
    """Return a reading by whether a call was taken."""

    def read(answers: Answers) -> str:
        answer = answers[step]
        if answer.is_taken:
            return taken
        if answer.status in {400, 405}:
            return refused
        return f"HTTP {answer.status} {answer.words}"

    return read


def row_error(answer: Answer) -> str:
    """Return the words in which the only row of a batch subscribe was refused, "" if it was taken."""
    errors = answer.body.get("errors") or [{}]
    return str(errors[0].get("error", ""))
