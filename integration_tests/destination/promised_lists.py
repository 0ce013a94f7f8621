"""Two connections on one audience, each with a list, tags of its own and deletions; and what neither may take away.

`Lists` is a family of rules of the `World` in promises.py. What must be true is worked out from what the records said
and what people carried before, never from what the connector reports.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import floor
from typing import get_args

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from integration_tests.destination.lists import list_stream, status
from integration_tests.destination.promises import EMAILS, FAULTS, Choice, World
from integration_tests.destination.syncing import Json, Message, Person, Result, Stream, feed
from source_destination_mailchimp.destination.form.settings import MirrorRemoval, Removal

CROWD = tuple(f"q{n}@sandbox-people.org" for n in range(18))
EVERYBODY = (*EMAILS, *CROWD)
BY_HAND = "VIP"
MAILABLE = {"subscribed": 3, "pending": 2, "transactional": 1}
ENDINGS = ("whole", "whole", "whole", "no status", "interrupted", "incremental", "no address", "size", "wrong size")
"""How a stream may end. Those that begin with `whole`, and `size`, prove the list; the others prove nothing."""

FUSE = "max_removals_percent"


@dataclass(frozen=True, slots=True)
class Connection:
    """One connection: its stream, the tag of its list, the tags it owns."""

    name: str

    @property
    def tag(self) -> str:
        """The mirror tag."""
        return f"List {self.name}"

    @property
    def own(self) -> tuple[str, str]:
        """The tags of its column."""
        return f"{self.name}-1", f"{self.name}-2"

    def may_take_off(self, tag: str) -> bool:
        """Whether a tag is this connection's."""
        return tag == self.tag or tag.startswith(f"{self.name}-")


CONNECTIONS = (Connection("A"), Connection("B"))


@dataclass(frozen=True, slots=True)
class ListSync:
    """One sync of one connection."""

    connection: Connection
    people: frozenset[str]
    deleted: frozenset[str]
    tags: dict[str, tuple[str, ...]]
    ending: str
    settings: Json
    fault: str | None

    @property
    def live(self) -> frozenset[str]:
        """Who is in the list."""
        return self.people - self.deleted

    @property
    def is_proven(self) -> bool:
        """Whether the whole list was seen, by the contract, with somebody living in it."""
        return self.ending in ("whole", "size") and bool(self.live)

    @property
    def stream(self) -> Stream:
        """The stream as it is configured."""
        return list_stream(source_mode="incremental" if self.ending == "incremental" else "full_refresh")

    def entry(self) -> Json:
        """The form's entry."""
        return {
            "stream": "people",
            "mirror_tag": self.connection.tag,
            "tags_field": "tags",
            "tags_mode": "replace_owned",
            "owned_tags": [f"{self.connection.name}-*"],
            **({"list_size_field": "total"} if "size" in self.ending else {}),
        }

    def messages(self) -> Iterator[Message]:
        """Records, a STATE and whatever ends the stream."""
        stream, people = self.stream, sorted(self.people)
        size = len(people) + (self.ending == "wrong size")
        for email in people:
            data: Json = {"email": email, "tags": list(self.tags[email]), "total": size}
            if email in self.deleted:
                data["_ab_cdc_deleted_at"] = "2026-01-01T00:00:00Z"
            yield stream.record(**data)
        if self.ending == "no address" and people:  # nothing but rejected records is an error of its own
            yield stream.record(email=None)
        yield stream.state(len(people))
        words = {"no status": None, "interrupted": "INCOMPLETE", "size": None, "wrong size": None}
        word = words.get(self.ending, "COMPLETE")
        if word:
            yield status(stream, word)


_FEW_OR_MANY: st.SearchStrategy[frozenset[str]] = st.one_of(
    st.just(frozenset()),
    st.frozensets(st.sampled_from(EVERYBODY), max_size=3),
    st.integers(8, 14).map(lambda many: frozenset(CROWD[:many])),
    st.just(frozenset(EVERYBODY)),
)
"""Nobody, a few, about as many as the fuse lets pass, everybody."""


@st.composite
def list_syncs(draw: st.DrawFn) -> ListSync:
    """Any sync of one of the connections."""
    connection = draw(st.sampled_from(CONNECTIONS))
    people = frozenset(EVERYBODY) - draw(_FEW_OR_MANY)
    deleted = draw(_FEW_OR_MANY)
    tags = draw(st.lists(st.sampled_from([(), connection.own[:1], connection.own]), min_size=24, max_size=24))
    removal = draw(st.sampled_from(get_args(Removal)))
    settings: Json = {
        "removal": removal,
        "mirror_removal": draw(st.sampled_from(get_args(MirrorRemoval))),
        FUSE: draw(st.sampled_from([0, 10, 50, 100])),
        "max_connections": draw(st.integers(1, 4)),
        **({"confirm_permanent_deletion": "delete permanently"} if removal == "delete_permanently" else {}),
    }
    return ListSync(
        connection,
        people,
        frozenset(deleted) & people,
        dict(zip(EVERYBODY, tags, strict=True)),
        draw(st.sampled_from(ENDINGS)),
        settings,
        draw(st.sampled_from([None, None, None, *FAULTS])),
    )


class Lists(World):
    """Syncs of mirrored lists, with tags and deletions, by two connections that know nothing of each other."""

    @initialize(
        carries=st.lists(st.sampled_from(["", "List A", "List B", BY_HAND]), min_size=18, max_size=18),
        is_one_list=st.booleans(),
    )
    def gather(self, carries: list[str], is_one_list: bool) -> None:
        """A crowd is there already; some carry a list's tag, some a marketer's."""
        for email, tag in zip(CROWD, carries, strict=True):
            carried = ["List A"] if is_one_list else [tag] if tag else []
            self.account.put(email, "subscribed", tags=[*carried, BY_HAND])

    @rule(email=st.sampled_from(EVERYBODY), tag=st.sampled_from([BY_HAND, "List A", "List B", "A-by-hand"]))
    def tags_by_hand(self, email: str, tag: str) -> None:
        """A marketer gives somebody a tag."""
        self.tick()
        person = self.account.people().get(email)
        if person is not None:
            audience = self.sandbox.store.audience(self.account.audience)
            row: Json = {"email_address": email, "status": person.status, "tags": [*person.tags, tag]}
            member = audience.find(email)
            assert member is not None
            row |= {"left_by": member.left_by, "merge_fields": person.values}
            row["last_changed"] = member.last_changed
            self.account.seed(row)

    @rule(one=list_syncs())
    def syncs_a_list(self, one: ListSync) -> None:
        """A connection runs, whole or cut, on a good day or a bad one."""
        self.tick()
        before = self.account.people()
        if one.fault:
            self.account.control.fault(one.fault, rate=0.1)
        try:
            result = feed(self.account, one.messages(), [one.stream], streams=[one.entry()], **one.settings)
        finally:
            self.account.control.lift_faults()
        after = self.account.people()
        assert result.error is None or FUSE in result.complaint, result.complaint
        nothing_of_others_is_touched(one, before, after)
        only_who_may_go_goes(one, before, after)
        the_fuse_held(one, before, after, result)
        states_wait_for_the_list(one, result)
        if result.error is None and one.is_proven:
            the_list_is_complete(one, after)
        self.settle(before, after, ())
        for email in EMAILS:
            if email in before and email not in after:
                self.choices[email] = Choice(is_forgotten=True)

    @rule(one=list_syncs())
    def syncs_a_list_twice(self, one: ListSync) -> None:
        """At rest a second sync changes nobody."""
        whole = ListSync(one.connection, one.people, one.deleted, one.tags, "whole", {**one.settings, FUSE: 100}, None)
        self.syncs_a_list(whole)
        before = self.account.people()
        self.syncs_a_list(whole)
        after = self.account.people()
        gone = {email for email in before if email not in after}
        assert gone <= one.deleted
        assert {email: one for email, one in before.items() if email not in gone} == after or gone


def mailable(person: Person | None) -> int:
    """How far Mailchimp may mail somebody."""
    return MAILABLE.get(person.status, 0) if person else 0


def nothing_of_others_is_touched(one: ListSync, before: dict[str, Person], after: dict[str, Person]) -> None:
    """Tags of others stay; who is neither named nor carries the list's tag is as before."""
    for email, was in before.items():
        now = after.get(email)
        if now is not None:
            assert all(one.connection.may_take_off(tag) for tag in was.tags - now.tags), (email, was, now)
        if email not in one.people and one.connection.tag not in was.tags:
            assert now == was, (email, was, now)


def only_who_may_go_goes(one: ListSync, before: dict[str, Person], after: dict[str, Person]) -> None:
    """Somebody goes for a deletion of theirs, or because a proven list has them no more; and nobody else is added.

    Whoever is deleted loses the list's tag whatever `removal` says, and gets nothing stricter than that setting.
    """
    removal, treatment = one.settings["removal"], one.settings["mirror_removal"]
    for email, was in before.items():
        now = after.get(email)
        left = one.is_proven and email not in one.people and one.connection.tag in was.tags
        deleted = email in one.deleted
        if now is None:
            assert deleted and removal == "delete_permanently", email
        elif now.status != was.status:
            assert mailable(now) < mailable(was), (email, was, now)
            assert (deleted and removal in ("unsubscribe", "archive")) or (
                left and treatment in ("unsubscribe", "archive")
            ), (email, was, now)
            assert now.status != "archived" or was.status not in ("unsubscribed", "cleaned", "pending")
        if one.connection.tag in was.tags and now is not None and one.connection.tag not in now.tags:
            assert left or deleted, (email, was, now)
    assert after.keys() - before.keys() <= one.live


def the_fuse_held(one: ListSync, before: dict[str, Person], after: dict[str, Person], result: Result) -> None:
    """Never one more than the percentage, of the audience for records and of the tag's holders for the list."""
    percent = one.settings[FUSE]
    holders = [email for email, was in before.items() if one.connection.tag in was.tags and was.status != "archived"]
    missing = [email for email in holders if email not in one.live and email not in one.deleted]
    went = [email for email in missing if after.get(email) != before[email]]
    assert not went or len(missing) <= max(10, floor(len(holders) * percent / 100))
    deleted = one.deleted & before.keys()
    of_records = [email for email in deleted if mailable(after.get(email)) < mailable(before[email])]
    present = sum(was.status != "archived" for was in before.values())
    if one.settings["mirror_removal"] == "remove_tags":
        share = min(percent, 1) if one.settings["removal"] == "delete_permanently" else percent
        assert len(of_records) <= max(10, floor(present * share / 100))


def states_wait_for_the_list(one: ListSync, result: Result) -> None:
    """No STATE leaves where a repeat could begin in the middle and look whole, nor where the fuse stopped the run."""
    sizeless = one.ending == "size" and not one.people
    if result.error is not None or sizeless or one.ending in ("no status", "interrupted", "wrong size"):
        assert result.cursors == []
    else:
        assert result.cursors == [len(one.people)]


def the_list_is_complete(one: ListSync, after: dict[str, Person]) -> None:
    """Everybody of the list who is there carries its tag and their own; nobody else does."""
    tag = one.connection.tag
    for email in one.live & after.keys():
        person = after[email]
        if person.status != "archived":
            assert tag in person.tags, (email, person)
            owned = {name for name in person.tags if name.startswith(f"{one.connection.name}-")}
            assert owned == set(one.tags[email]), (email, person)
    others = {email for email, person in after.items() if tag in person.tags} - one.live
    assert not others, others
