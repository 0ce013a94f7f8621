"""Members of an audience: one sweep of it serves every stream of the run that needs them."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from source_destination_mailchimp.mailchimp.members import Json
from source_destination_mailchimp.mailchimp.sweep import sweep_members
from source_destination_mailchimp.source.account import Account, ParentRecord
from source_destination_mailchimp.source.rows import is_since
from source_destination_mailchimp.source.shared_pages import Room, SharedPages
from source_destination_mailchimp.source.states import printed_floor

Floors = Mapping[str | None, datetime | None]
"""Status asked for → the first second of last_changed that is wanted; None for all. The status None is everybody but
archived people, whom Mailchimp lists only when asked for them alone."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What one stream, or all of them together, want of the members of one audience."""

    fields: tuple[str, ...]
    """Names of member properties; none means all of them."""

    floors: Floors

    has_last_look: bool
    """Whether whoever changes while the audience is read must be met by this sync, because no later one will."""


@dataclass(frozen=True, slots=True)
class MemberPage:
    """Some members, as Mailchimp has them."""

    status: str | None
    rows: list[Json]
    is_last_look: bool = False


@dataclass(frozen=True, slots=True)
class Reached:
    """Everybody of this status whose last_changed is not later has been handed out."""

    status: str | None
    time: datetime


Swept = MemberPage | Reached
DemandOf = Callable[[ParentRecord], Demand]


class AudienceReader:
    """Sweeps audiences for the streams of one run; safe from any number of threads.

    Every stream that will ask is registered before the first one does. Whoever asks first begins the sweep, with what
    all of them want; the others get the same pages, and each sees the whole sweep from its beginning.
    """

    def __init__(self, account: Account, warn: Callable[[str], None]) -> None:
        self._account = account
        self._warn = warn
        self._room = Room()
        self._demands: dict[str, DemandOf] = {}
        self._under_way: dict[str, SharedPages[Swept]] = {}
        self._lock = threading.Lock()

    def register(self, stream_name: str, demand: DemandOf) -> None:
        """Announce that a stream will ask for every audience, with what it wants of each."""
        self._demands[stream_name] = demand

    def sweep(self, stream_name: str, audience: ParentRecord) -> Iterator[Swept]:
        """Yield the members that a stream wants, with marks of how far the sweep has come.

        It may be asked for once per stream and audience. Members may come again where they changed meanwhile.
        """
        demand = self._demands[stream_name](audience)
        floors = {status: printed_floor(floor) for status, floor in demand.floors.items()}
        shared = self._shared(audience)
        for swept in shared.follow(lambda: self._sweep(audience, demand)):
            if swept.status not in floors:
                continue
            if isinstance(swept, Reached) or swept.is_last_look:
                yield swept
                continue
            first = floors[swept.status]
            rows = [row for row in swept.rows if is_since(row, first)]
            yield MemberPage(swept.status, rows)

    def close(self) -> None:
        """Forget what is kept for streams that never asked."""
        with self._lock:
            for shared in self._under_way.values():
                shared.close()
            self._under_way.clear()

    def _shared(self, audience: ParentRecord) -> SharedPages[Swept]:
        with self._lock:
            shared = self._under_way.get(audience.key)
        if shared is not None:
            return shared
        # Outside of the lock: a demand may ask Mailchimp, and other audiences need not wait for that.
        demand = together([demand(audience) for demand in self._demands.values()])
        made = SharedPages(self._sweep(audience, demand), len(self._demands), self._room)
        with self._lock:
            shared = self._under_way.setdefault(audience.key, made)
        if shared is not made:
            made.close()
        return shared

    def _sweep(self, audience: ParentRecord, demand: Demand) -> Iterator[Swept]:
        """Yield everybody from where each floor is.

        With a last look, everybody but archived people is read up to where the sync began; archived people are read
        after the others, so that whoever is archived meanwhile is met; and at last everybody who changed or came back
        meanwhile. Without one that is left to the sync that follows, as no cursor passes the beginning of this one.
        """
        closed = self._account.closed_at()
        for status, floor in demand.floors.items():
            end = closed if demand.has_last_look and status is None else None
            yield from self._window(audience, demand.fields, status, floor, end)
        if demand.has_last_look:
            since = closed + timedelta(seconds=1)
            for swept in self._window(audience, demand.fields, None, since, None):
                if isinstance(swept, MemberPage):
                    yield MemberPage(None, swept.rows, is_last_look=True)

    def _window(
        self,
        audience: ParentRecord,
        fields: tuple[str, ...],
        status: str | None,
        floor: datetime | None,
        end: datetime | None,
    ) -> Iterator[Swept]:
        reached: list[datetime] = []
        pages = sweep_members(
            self._account.client,
            audience.key,
            fields=fields,
            pool=self._account.pool,
            status=status,
            since=floor,
            before=end,
            on_difference=self._warn,
            on_window=reached.append,
        )
        for rows in pages:
            # Heard between two pages: it stands for those before this one.
            yield from _marks(status, reached)
            yield MemberPage(status, rows)
        yield from _marks(status, reached)


def together(demands: Iterable[Demand]) -> Demand:
    """Return what serves all of some demands: every field, each status from its earliest floor."""
    found = list(demands)
    names: dict[str, None] = {}
    floors: dict[str | None, datetime | None] = {}
    for demand in found:
        names.update(dict.fromkeys(demand.fields))
        for status, floor in demand.floors.items():
            known = floors.get(status, floor)
            floors[status] = min(known, floor) if known and floor else None
    wants_all = any(not demand.fields for demand in found)
    # Everybody before archived people: whoever is archived meanwhile is then met among these.
    ordered = {status: floors[status] for status in sorted(floors, key=lambda status: status or "")}
    has_last_look = any(demand.has_last_look for demand in found)
    return Demand(() if wants_all else tuple(names), ordered, has_last_look)


def _marks(status: str | None, reached: list[datetime]) -> Iterator[Reached]:
    for time in reached:
        yield Reached(status, time)
    reached.clear()
