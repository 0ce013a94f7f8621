"""What a rule is given and what it gives back: a call, an answer, and the words of the query string."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from source_destination_mailchimp.sandbox.account.clock import parse_time
from source_destination_mailchimp.sandbox.account.store import Store
from source_destination_mailchimp.sandbox.audiences.audience import Audience
from source_destination_mailchimp.sandbox.http.errors import FieldError, invalid_fields
from source_destination_mailchimp.sandbox.http.schema import Shape
from source_destination_mailchimp.sandbox.http.selection import Selection

DEFAULT_COUNT: Final = 10
MAX_COUNT: Final = 1000


@dataclass(slots=True)
class Call:
    """One request as a rule sees it. `ids` are the path's parameters, `root` the scheme and host it was sent to."""

    store: Store
    method: str
    path: str
    ids: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    root: str = "http://127.0.0.1:8185"
    ip: str = "127.0.0.1"
    data_center: str = "us1"

    @property
    def audience(self) -> Audience:
        """The audience that the path names; 404 if there is none."""
        return self.store.audience(self.ids["list_id"])

    @property
    def selection(self) -> Selection:
        """What of the answer is wanted."""
        return Selection(self.query)

    def flag(self, name: str) -> bool:
        """A boolean parameter: true and 1 in any case are true, everything else is false (documented)."""
        return self.query.get(name, "").lower() in {"true", "1"}

    def time(self, name: str) -> float | None:
        """A time parameter as unix seconds, None if it is absent; 400 if it is no time (inferred)."""
        text = self.query.get(name, "")
        if not text:
            return None
        try:
            return parse_time(text)
        except ValueError:
            raise invalid_fields(FieldError(name, "This value is not a valid datetime.")) from None

    def choice(self, name: str, *values: str) -> str:
        """A parameter that must be one of `values`, "" if it is absent (message observed for bodies)."""
        text = self.query.get(name, "")
        if text and text not in values:
            message = f"Data presented is not one of the accepted values: {', '.join(values)}."
            raise invalid_fields(FieldError(name, message))
        return text

    def page(self) -> tuple[int, int]:
        """Offset and count: 0 and 10 unless given, at most 1000 (documented); what more does is a switch."""
        offset, count = self._whole("offset", 0), self._whole("count", DEFAULT_COUNT)
        if count > MAX_COUNT and self.store.is_on("count_over_max", "clamped"):
            count = MAX_COUNT
        return offset, count

    def _whole(self, name: str, default: int) -> int:
        text = self.query.get(name, "")
        if not text:
            return default
        if not text.isascii() or not text.isdecimal():
            raise invalid_fields(FieldError(name, "Schema describes integer, string found instead"))
        return int(text)

    def since(self, name: str, at: float, *, is_settled: bool = False) -> bool:
        """Whether a time passes since_<name> and before_<name>: after the one, up to the other.

        `is_settled` says that the first edge was probed; elsewhere it is a switch.
        """
        since, before = self.time(f"since_{name}"), self.time(f"before_{name}")
        takes_edge = not is_settled and self.store.is_on("since_edge", "inclusive")
        if since is not None and not (at > since or (takes_edge and at == since)):
            return False
        return before is None or at <= before

    def of(self, rows: list[Any]) -> list[Any]:
        """The page of the rows that was asked for."""
        offset, count = self.page()
        return rows[offset : offset + count]


@dataclass(slots=True)
class Answer:
    """An answer that is more than a dictionary for 200 or None for 204."""

    body: dict[str, Any] | None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Rule = Callable[[Call], "dict[str, Any] | Answer | None"]


@dataclass(frozen=True, slots=True)
class Route:
    """A method and path bound to a rule.

    `body` is the shape a body must have; without one a body is not looked at. `describes` is the schema document
    named in the Link header.
    """

    method: str
    path: str
    rule: Rule
    body: Shape | None = None
    describes: str = ""
