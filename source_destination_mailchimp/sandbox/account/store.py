"""The account: its audiences, keys, clock, switches, mail and everything else that a reset empties."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from source_destination_mailchimp.sandbox.account.clock import Clock, iso
from source_destination_mailchimp.sandbox.account.ids import short_ids
from source_destination_mailchimp.sandbox.audiences.audience import Audience
from source_destination_mailchimp.sandbox.control import switches
from source_destination_mailchimp.sandbox.http.errors import not_found
from source_destination_mailchimp.sandbox.members.member import Member

Room = TypeVar("Room")


class Happening(NamedTuple):
    """Something that happened to a member: kind is created, status, email, tags, profile or forgotten.

    `before` is the earlier status (or address, for email); `by` is who did it: api, admin, person, bounce, ….
    `gained` are the IDs of tags and interests that the member has since, unless nothing may start because of them.
    """

    kind: str
    audience: Audience
    member: Member
    before: str
    by: str
    at: int
    gained: frozenset[int | str] = frozenset()


Watcher = Callable[["Store", Happening], None]
Timer = Callable[["Store"], None]


@dataclass(slots=True)
class Start:
    """What a reset goes back to."""

    keys: tuple[str, ...] = ()
    switches: Mapping[str, str] = field(default_factory=dict)


class Store:
    """The memory of the sandbox. Other families keep theirs in rooms: `store.room(Campaigns)`."""

    def __init__(
        self, start: Start | None = None, watchers: tuple[Watcher, ...] = (), timers: tuple[Timer, ...] = ()
    ) -> None:
        self.start = start or Start()
        self.clock = Clock()
        self.watchers = watchers
        self.timers = timers
        self.reset()

    def reset(self) -> None:
        """Back to an empty account and to real time."""
        self.clock.back_to_real_time()
        self.account: dict[str, Any] = {}
        self.keys: dict[str, str] = dict.fromkeys(self.start.keys, "user")  # key -> user
        self.key_problems: dict[str, str] = {}  # key -> the name of the error it is always answered with
        self.tokens: set[str] = set()  # OAuth tokens that were issued
        self.audiences: dict[str, Audience] = {}
        self.switches = switches.defaults() | dict(self.start.switches)
        self.mail: list[dict[str, str]] = []
        self.chance = random.Random(8185)
        self._rooms: dict[Callable[[], Any], Any] = {}
        self._ids = short_ids("audience")
        self._last_web_id = 368_925_345
        self._last_audience_id = 382_061
        self._last_segment_id = 5_199_747

    def let_time_pass(self) -> None:
        """Do what has become due since the last call; whoever is about to look at the account asks for it."""
        for timer in self.timers:
            timer(self)

    def room(self, kind: Callable[[], Room]) -> Room:
        """The one object of this class that belongs to the account, made on first use and gone at a reset."""
        if kind not in self._rooms:
            self._rooms[kind] = kind()
        room: Room = self._rooms[kind]
        return room

    def is_on(self, name: str, value: str) -> bool:
        """Whether a switch has this value."""
        return self.switches[name] == value

    def audience(self, audience_id: str) -> Audience:
        """The audience of this ID; 404 if there is none."""
        audience = self.audiences.get(audience_id)
        if audience is None:
            raise not_found()
        return audience

    def new_audience(self, settings: Mapping[str, Any], audience_id: str = "") -> Audience:
        """Open an audience without merge fields."""
        self._last_audience_id += 211
        chosen = audience_id or next(self._ids)
        audience = Audience(chosen, self._last_audience_id, settings, self.clock.now(), self.switches)
        self.audiences[chosen] = audience
        return audience

    def next_web_id(self, wanted: int = 0) -> int:
        """An ID for a new member: the wanted one, or one that is four more than the highest so far (as recorded)."""
        chosen = wanted or self._last_web_id + 4
        self._last_web_id = max(self._last_web_id, chosen)
        return chosen

    def next_segment_id(self, wanted: int = 0) -> int:
        """An ID for a new segment or tag: the wanted one, or the next."""
        chosen = wanted or self._last_segment_id + 1
        self._last_segment_id = max(self._last_segment_id, chosen)
        return chosen

    def confirmation_mail(self, audience: Audience, member: Member) -> None:
        """Put Mailchimp's question whether somebody really wants to subscribe into the mailbox."""
        self.mail.append(
            {
                "email": member.email_address,
                "audience": audience.id,
                "kind": "confirmation",
                "sent_at": iso(self.clock.now()),
            }
        )

    def tell(
        self,
        kind: str,
        audience: Audience,
        member: Member,
        before: str,
        by: str,
        gained: frozenset[int | str] = frozenset(),
    ) -> None:
        """Let the watchers know; they keep activity, growth, who entered a journey and the like."""
        if self.watchers:
            happening = Happening(kind, audience, member, before, by, self.clock.now(), gained)
            for watcher in self.watchers:
                watcher(self, happening)
