"""What passes over the wire: who is connected, how long calls take, which faults are waiting, and the log."""

import fnmatch
import hashlib
import random
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

CONNECTIONS_PER_USER: Final = 10
LOGGED_REQUESTS: Final = 1_000_000
OFFSET_THAT_DOUBLES: Final = 50_000

FAULTS: Final = (
    "429",
    "429_bare",
    "403",
    "403_bare",
    "403_html",
    "500",
    "502_html",
    "503",
    "504",
    "delay",
    "timeout",
    "reset_before",
    "reset_after",
    "cut_body",
    "garbage",
    "404",
    "404_html",
    "404_foreign",
    "204_empty",
    "302",
    "400_html",
    "200_empty_object",
    "500_for",
)
TIMEOUT_SECONDS: Final = 120.0


class Logged(NamedTuple):
    """One finished request; status 0 is one that got no answer."""

    method: str
    path: str
    query: str
    status: int
    started: float
    ended: float


@dataclass(slots=True)
class Fault:
    """A fault that waits for requests; `times` None is every one that matches, `rate` is a chance per request."""

    kind: str
    method: str = "*"
    path: str = "*"
    times: int | None = None
    rate: float | None = None
    after: int = 0
    seconds: float = TIMEOUT_SECONDS
    email: str = ""

    def takes(self, method: str, path: str, raw: bytes = b"") -> bool:
        """Whether the fault is meant for this request; one with an email only for requests that hold this contact."""
        if self.method not in {"*", method} or not fnmatch.fnmatchcase(path, self.path):
            return False
        return not self.email or self._holds_contact(path, raw)

    def _holds_contact(self, path: str, raw: bytes) -> bool:
        """Whether the path or the body names the contact, by address or by subscriber hash."""
        address = self.email.lower()
        subscriber_hash = hashlib.md5(address.encode(), usedforsecurity=False).hexdigest()
        said = f"{unquote(path)} {raw.decode(errors='replace')}".lower()
        return address in said or subscriber_hash in said


@dataclass(slots=True)
class Latency:
    """How long calls take: fixed, per member of a batch call, and growing with the offset of a page."""

    ms: float = 0
    per_member_ms: float = 0

    def seconds(self, body: Any, query: Mapping[str, str]) -> float:
        """How long a call with this body and query takes."""
        if not self.ms and not self.per_member_ms:
            return 0
        offset = query.get("offset", "")
        growth = int(offset) / OFFSET_THAT_DOUBLES if offset.isascii() and offset.isdecimal() else 0
        return (self.ms * (1 + growth) + self.per_member_ms * members_in(body)) / 1000


def members_in(body: Any) -> int:
    """How many people a batch body names."""
    if not isinstance(body, dict):
        return 0
    rows = (body.get(name) for name in ("members", "members_to_add", "members_to_remove"))
    return sum(len(row) for row in rows if isinstance(row, list))


class Traffic:
    """The state of the wire. Control calls never appear in it."""

    def __init__(self, latency: Latency | None = None) -> None:
        self._start_latency = latency or Latency()
        self.in_flight = 0
        self.epoch = 0  # grows when calls that hang are to be let go
        self._life = 0  # grows with every reset
        self.ended = 0  # how many calls the log has ever held; a page asks for what came after a number
        self._per_user: Counter[str] = Counter()
        self.reset()

    def reset(self) -> None:
        """No fault waits, the log is empty and latency is what it was at the start."""
        self.latency = Latency(self._start_latency.ms, self._start_latency.per_member_ms)
        self.faults: list[Fault] = []
        self.epoch += 1
        self._life += 1
        self._chance = random.Random(8185)
        self.clear_log()

    def clear_log(self) -> None:
        """Forget finished requests and the peak."""
        self.log: deque[Logged] = deque(maxlen=LOGGED_REQUESTS)
        self.peak = self.in_flight

    def enter(self) -> int:
        """A request has arrived; the number must be given back when it leaves."""
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        return self._life

    def leave(self, entry: Logged, life: int) -> None:
        """A request has been answered, or never will be; one from before the last reset is not logged."""
        self.in_flight -= 1
        if life == self._life:
            self.log.append(entry)
            self.ended += 1

    def connect(self, user: str) -> bool:
        """Take one of the user's ten connections (documented); False if there is none left."""
        if self._per_user[user] >= CONNECTIONS_PER_USER:
            return False
        self._per_user[user] += 1
        return True

    def disconnect(self, user: str) -> None:
        """Give the connection back."""
        self._per_user[user] -= 1

    def hit(self, method: str, path: str, raw: bytes = b"") -> Fault | None:
        """The fault that strikes this request, if one does; it is used up by that."""
        for fault in self.faults:
            if not fault.takes(method, path, raw):
                continue
            if fault.after > 0:
                fault.after -= 1
                continue
            if fault.rate is not None and self._chance.random() >= fault.rate:
                continue
            if fault.times is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self.faults.remove(fault)
            return fault
        return None

    def entries(self) -> Iterable[dict[str, Any]]:
        """The log, oldest first."""
        return [entry._asdict() for entry in self.log]
