"""Stories of addresses that pass from one record to another: chains, rings, merges and successors, killed anywhere."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from source_destination_mailchimp.airbyte.messages import Line, Message, Unreadable
from source_destination_mailchimp.destination.model import Outcome, Reason, Settled, StreamId
from source_destination_mailchimp.destination.rules.field_writes import ALWAYS, FieldWrites
from source_destination_mailchimp.mailchimp.members import Status, member_hash
from unit_tests.destination.stories.drawing import LIST, NEW_CONSENT, Story, Stream, draw
from unit_tests.destination.stories.pretend_mailchimp import MAILED, Member
from unit_tests.destination.stories.telling import Player

STREAM = Stream(StreamId(None, "people"), mirrors=False, tags_mode="add", asks_opt_in=False, has_tags=False)
SEEDS = range(300)
OPTED_OUT = (Status.UNSUBSCRIBED, Status.CLEANED, Status.ARCHIVED)


def address(name: str) -> str:
    """The address of a name."""
    return f"{name}@sandbox-people.org"


def member(name: str, id: str, status: Status = Status.SUBSCRIBED) -> Member:
    """A contact with an external id."""
    return Member(address(name), status, {"FNAME": f"number {id}", "CRMID": id})


def row(id: str, name: str, *, deleted: bool = False, **more: Any) -> Message:
    """A record: who has which address now, or is deleted."""
    data = {"email": address(name) if name else "", "FNAME": f"number {id}", "CRMID": id, "key": id, **more}
    if deleted:
        data["deleted"] = True
    return {"type": "RECORD", "record": {"stream": "people", "namespace": None, "data": data}}


def state(mark: int = 1) -> Message:
    """The end of a window."""
    stream = {"stream_descriptor": {"name": "people", "namespace": None}, "stream_state": {"mark": mark}}
    return {"type": "STATE", "state": {"type": "STREAM", "stream": stream}}


def story(members: list[Member], messages: list[Message], seed: int = 0, **settings: Any) -> Story:
    """A story of one stream with external ids and a primary key, and nothing else in its way."""
    plain: dict[str, Any] = {
        "audience": {member_hash(one.email): one for one in members},
        "streams": (STREAM,),
        "messages": tuple(messages),
        "new_member_status": "subscribed",
        "resubscribe": "never",
        "removal": "keep",
        "mirror_removal": "remove_tags",
        "has_ids": True,
        "has_keys": True,
        "first_wins": False,
        "writes": ALWAYS,
        "updates_only": False,
        "fuse_allows": 100,
        "capacity": None,
        "lost_answers": 0.0,
        "people_act": False,
        "refuses_tags": False,
    }
    return replace(draw(seed), seed=seed, **(plain | settings))


def ends(player: Player) -> dict[str, tuple[str, str]]:
    """Name → status and external id of everybody in the audience."""
    found = player.mailchimp.members.values()
    return {one.email.partition("@")[0]: (one.status.value, one.merge.get("CRMID", "")) for one in found}


def played(told: Story) -> tuple[dict[str, tuple[str, str]], list[Settled]]:
    """How a story ends, and the outcomes in the order of its records; played again it must be quiet."""
    player = Player(told)
    first = player.play()
    end, writes = ends(player), player.mailchimp.writes
    player.play()
    assert player.mailchimp.writes == writes, "a second sync of the same records writes nothing"
    by_record = {repr(one.contact.record): one.settled for one in first.settlements}
    rows = [message["record"]["data"] for message in told.messages if message["type"] == "RECORD"]
    return end, [by_record[repr(record)] for record in rows]


S = "subscribed"


@pytest.mark.parametrize(
    ("members", "rows", "end"),
    [
        ("1a 2b", "1b 2a", "1b 2a"),
        ("1a 2b", "2a 1b", "1b 2a"),
        ("1a 2b 3c", "1b 2c 3a", "1b 2c 3a"),
        ("1a 2b 3c", "1b 2c 3d", "1b 2c 3d"),
        ("1a 2b 3c 4d", "1b 2c 3d 4e", "1b 2c 3d 4e"),
        ("1a 2b 3c 4d", "4e 3d 2c 1b", "1b 2c 3d 4e"),
        ("1info", "1ann 2info", "1ann 2info"),
        ("1info", "2info 1ann", "1ann 2info"),
        ("1info 2bob", "2info 1ann", "1ann 2info"),
    ],
)
def test_addresses_that_are_passed_on(members: str, rows: str, end: str) -> None:
    """Swaps, chains and successors end as the source says where every record of the story is in the run."""
    there = [member(one[1:], one[0]) for one in members.split()]
    messages = [row(one[0], one[1:]) for one in rows.split()]
    found, outcomes = played(story(there, [*messages, state()]))
    assert found == {one[1:]: (S, one[0]) for one in end.split()}
    assert {one.outcome for one in outcomes} <= {Outcome.UPDATED, Outcome.CREATED}


def test_an_address_that_nobody_gives_up_is_refused() -> None:
    """Where the record of its owner is not in the run, with the reason, and everybody stays as they are."""
    found, outcomes = played(
        story([member("a", "1"), member("b", "2"), member("c", "3")], [row("1", "b"), row("2", "c")])
    )
    assert found == {"a": (S, "1"), "b": (S, "2"), "c": (S, "3")}
    assert [one.reason for one in outcomes] == [Reason.ADDRESS_OF_ANOTHER] * 2


@pytest.mark.parametrize("status", OPTED_OUT)
def test_an_address_of_somebody_who_opted_out_is_held(status: Status) -> None:
    """Its id is never replaced, in a swap neither; so nobody who left is reached at the other address."""
    found, outcomes = played(
        story([member("a", "1", status), member("b", "2")], [row("1", "b"), row("2", "a"), state()])
    )
    assert found == {"a": (status.value, "1"), "b": (S, "2")}
    assert [one.outcome for one in outcomes] == [Outcome.REJECTED, Outcome.HELD]


def test_a_swap_where_mailchimps_values_win_is_refused() -> None:
    """The values at both addresses would have to be replaced."""
    there = [member("a", "1"), member("b", "2")]
    found, _ = played(story(there, [row("1", "b"), row("2", "a"), state()], writes=FieldWrites("if_empty")))
    assert found == {"a": (S, "1"), "b": (S, "2")}


# Deletions


@pytest.mark.parametrize("removal", ["keep", "remove_tags", "unsubscribe", "archive", "delete_permanently"])
@pytest.mark.parametrize("rows", [["d1", "2"], ["2", "d1"]])
def test_a_merge_gives_the_winner_the_address(removal: str, rows: list[str]) -> None:
    """Record 1 is deleted and 2 has its address: the contact lives on as 2, in whatever order they came."""
    messages = [row("1", "a", deleted=True) if one == "d1" else row("2", "a") for one in rows]
    found, outcomes = played(story([member("a", "1")], [*messages, state()], removal=removal))
    assert found == {"a": (S, "2")}
    assert {one.outcome for one in outcomes} == {Outcome.SKIPPED, Outcome.UPDATED}


def test_a_merge_at_an_address_that_opted_out_is_held() -> None:
    """The opt-out counts for whoever has the address next, and its id stays."""
    there = [member("a", "1", Status.UNSUBSCRIBED)]
    found, _ = played(story(there, [row("2", "a"), row("1", "a", deleted=True), state()]))
    assert found == {"a": ("unsubscribed", "1")}


@pytest.mark.parametrize("removal", ["keep", "archive"])
@pytest.mark.parametrize("split", [True, False])
def test_an_opt_out_follows_a_changed_address(removal: str, split: bool) -> None:
    """Deleted under the old address and inserted under the new one, in one window or two: nobody is added."""
    between = [state(0)] if split else []
    messages = [row("1", "a", deleted=True), *between, row("1", "b"), state()]
    found, outcomes = played(story([member("a", "1", Status.UNSUBSCRIBED)], messages, removal=removal))
    assert found == {"a": ("unsubscribed", "1")}
    assert outcomes[1].outcome is Outcome.HELD


def test_a_deletion_under_the_old_address_is_a_move() -> None:
    """A record with the same id and another address renames the contact."""
    messages = [row("1", "a", deleted=True), row("1", "b", key="other"), state()]
    found, outcomes = played(story([member("a", "1")], messages, removal="archive"))
    assert found == {"b": (S, "1")}
    assert outcomes[0].reason is Reason.REPLACED


def test_a_deleted_owner_frees_the_address_for_a_later_run() -> None:
    """Under `keep` the id comes off, so that the next owner is not refused for ever."""
    messages = [row("1", "a", deleted=True), state(1), row("2", "a"), state(2)]
    player = Player(story([member("a", "1")], messages))
    first = player.play()
    assert ends(player) == {"a": (S, "2")}
    assert [one.settled.outcome for one in first.settlements] == [Outcome.UPDATED, Outcome.UPDATED]


def test_of_two_rows_with_one_address_one_is_deleted() -> None:
    """The other one keeps the contact, in whatever order they come."""
    for order in ([0, 1], [1, 0]):
        rows = [row("", "a", key="1"), row("", "a", key="2", deleted=True)]
        told = story([member("a", "")], [rows[n] for n in order] + [state()], removal="archive")
        found, _ = played(told)
        assert found == {"a": (S, "")}


@pytest.mark.parametrize("name", ["people", None, "unknown"])
@pytest.mark.parametrize("place", [0, 1])
def test_next_to_an_unreadable_line_nobody_is_deleted(name: str | None, place: int) -> None:
    """The line may have held the record that replaces the deletion: it is rejected; later ones count."""
    told = story([member("a", "1"), member("b", "2")], [], removal="archive")
    player = Player(told)
    window: list[Line] = [row("1", "a", deleted=True)]
    window.insert(place, Unreadable(7, b"who is it", name))
    messages = (*window, state(1), row("2", "b", deleted=True), state(2))
    played = player.play(messages)
    assert ends(player) == {"a": (S, "1"), "b": ("archived", "2")}
    reasons = [one.settled.reason for one in played.settlements]
    assert reasons.count(Reason.DELETION_IN_DOUBT) == 1


def test_a_line_of_another_stream_leaves_no_deletion_in_doubt() -> None:
    """It names a stream of this sync, so it is known whose record it was not."""
    other = replace(STREAM, id=StreamId(None, "others"))
    player = Player(story([member("a", "1")], [], removal="archive", streams=(STREAM, other)))
    player.play((row("1", "a", deleted=True), Unreadable(7, b"who is it", "others"), state(1)))
    assert ends(player) == {"a": ("archived", "1")}


def test_without_a_primary_key_a_deletion_is_taken_as_it_comes() -> None:
    """Nothing replaces it."""
    told = story([member("a", "")], [row("", "a", deleted=True), row("", "a")], removal="archive", has_keys=False)
    found, _ = played(told)
    assert found == {"a": ("archived", "")}


@pytest.mark.parametrize("status", OPTED_OUT)
@pytest.mark.parametrize("found", [Status.TRANSACTIONAL, Status.SUBSCRIBED, Status.PENDING])
def test_a_joined_contact_stays_opted_out_when_its_yes_comes_again(status: Status, found: Status) -> None:
    """The join changed the contact, and that is no newer word of the person's: however often the yes comes."""
    there = [member("old", "1", status), member("new", "", found)]
    yes = row("1", "new", opt_in="yes", consent=NEW_CONSENT)
    told = story(there, [yes, state()], resubscribe="never", streams=(replace(STREAM, asks_opt_in=True),))
    player = Player(told)
    for _ in range(3):
        player.play()
        assert player.mailchimp.members[member_hash(address("new"))].status not in MAILED


LISTED = replace(STREAM, mirrors=True)


def complete() -> Message:
    """The proof that the whole list was seen."""
    status = {"stream_descriptor": {"name": "list", "namespace": None}, "status": "COMPLETE"}
    return {"type": "TRACE", "trace": {"type": "STREAM_STATUS", "stream_status": status}}


def listed(name: str) -> Message:
    """A record of a list that knows no external ids."""
    data = {"email": address(name), "key": name}
    return {"type": "RECORD", "record": {"stream": "list", "namespace": None, "data": data}}


@pytest.mark.parametrize("known_as", ["old", "new", "other"])
@pytest.mark.parametrize("found", ["nobody", "somebody"])
@pytest.mark.parametrize("status", [Status.SUBSCRIBED, Status.UNSUBSCRIBED])
def test_the_tag_of_a_list_goes_over_with_a_changed_address(known_as: str, found: str, status: Status) -> None:
    """Renamed or joined: whoever left the list is taken off in the same run, and whoever is in it stays."""
    if found == "nobody" and status is not Status.SUBSCRIBED:
        return  # nobody who opted out is renamed
    old = replace(member("old", "1", status), tags=frozenset({LIST}))
    there = [old, member("x", "9")]
    if found == "somebody":
        there.append(member("new", ""))
    streams = (STREAM, replace(LISTED, id=StreamId(None, "list")))
    messages = [row("1", "new"), state(), listed(known_as if known_as != "other" else "x"), complete()]
    player = Player(story(there, messages, streams=streams))
    player.play()
    carriers = {one.email for one in player.mailchimp.members.values() if LIST in one.tags}
    if known_as == "other":
        assert carriers == {address("x")}
    else:
        assert address("new") in carriers


@pytest.mark.parametrize(
    ("removal", "more", "outcome"),
    [
        ("keep", {"opt_in": "no"}, Outcome.UNSUBSCRIBED),
        ("unsubscribe", {}, Outcome.UNSUBSCRIBED),
        ("archive", {}, Outcome.ARCHIVED),
        ("delete_permanently", {}, Outcome.DELETED),
        ("remove_tags", {}, Outcome.UNTAGGED),
        ("keep", {}, Outcome.UNTAGGED),
    ],
)
def test_a_lost_answer_changes_no_outcome_of_a_deletion(removal: str, more: dict[str, Any], outcome: Outcome) -> None:
    """A later look finds the status changed; the list's tag is still to come off, and is not the outcome."""
    person = replace(member("a", "1"), tags=frozenset({LIST}))
    asking = replace(LISTED, asks_opt_in=True)
    for seed in range(20):
        told = story([person], [row("1", "a", deleted=True, **more), state()], seed, removal=removal, streams=(asking,))
        player = Player(told, lost_answers=0.6)
        played = player.play()
        assert [one.settled.outcome for one in played.settlements] == [outcome], seed
        for one in player.mailchimp.members.values():
            assert LIST not in one.tags


def test_a_deletion_is_tried_also_where_mailchimp_failed_over_its_contact() -> None:
    """Not even one that takes only the external id off is settled by a 5xx that an earlier record met."""
    messages = [row("1", "a", FNAME="other"), state(1), row("1", "a", deleted=True), state(2)]
    reasons = set()
    for seed in range(10):
        told = story([member("a", "1"), member("b", "2")], messages, seed)
        living, deletion = Player(replace(told, broken=(address("a"),))).play().settlements
        reasons.add(living.settled.reason)
        assert deletion.settled.outcome is Outcome.UPDATED, seed
    assert Reason.MAILCHIMP_FAILED in reasons


def test_whoever_a_join_takes_away_counts_though_the_answer_was_lost() -> None:
    """The second try finds it done; the fuse has counted it all the same, and once."""
    for seed in range(60):
        names = [(f"old{number}", f"new{number}") for number in range(3)]
        there = [member(old, str(number), Status.PENDING) for number, (old, _) in enumerate(names)]
        there += [member(new, "") for _, new in names]
        messages = [row(str(number), new) for number, (_, new) in enumerate(names)]
        player = Player(story(there, messages, seed, lost_answers=0.6, fuse_allows=1))
        player.play()
        left = [one for one in player.mailchimp.members.values() if one.status is Status.UNSUBSCRIBED]
        assert len(left) <= 1, seed


# Any moves at all


def moves(seed: int) -> Story:
    """People pass their addresses round in any way; some of them left before."""
    luck = Random(seed)
    names = list("abcdefg")
    there = [
        member(names[number], str(number), luck.choice([Status.SUBSCRIBED] * 4 + list(OPTED_OUT)))
        for number in range(5)
    ]
    wanted = luck.sample(names, 5)
    messages = [row(str(number), wanted[number]) for number in range(5)]
    if luck.random() < 0.5:
        gone = luck.randrange(5)
        messages[gone] = row(str(gone), names[gone], deleted=True)
    luck.shuffle(messages)
    if luck.random() < 0.3:
        messages.insert(luck.randrange(5), state(0))
    removal = luck.choice(["keep", "remove_tags", "unsubscribe", "archive"])
    return story(there, [*messages, state()], seed, removal=removal)


def _without_kills() -> Iterator[Story]:
    for seed in SEEDS:
        yield moves(seed)


def test_nobody_who_left_is_reached_under_another_address() -> None:
    """Whatever is passed on: who opted out keeps address and id, and their id is nobody else's who is mailed."""
    for told in _without_kills():
        player = Player(told)
        player.play()
        for one in told.audience.values():
            if one.status not in OPTED_OUT:
                continue
            after = player.mailchimp.members[member_hash(one.email)]
            assert (after.status, after.merge["CRMID"]) == (one.status, one.merge["CRMID"]), told.seed
            mailed = [other for other in player.mailchimp.members.values() if other.status in MAILED]
            assert one.merge["CRMID"] not in {other.merge["CRMID"] for other in mailed}, told.seed


def test_where_everybody_is_subscribed_every_move_ends_right_whenever_the_run_is_killed() -> None:
    """All records of the story in one window: each person ends at their address, also after a kill anywhere."""
    for seed in SEEDS:
        luck = Random(seed)
        names = list("abcdefg")
        there = [member(names[number], str(number)) for number in range(5)]
        wanted = luck.sample(names, 5)
        messages = [row(str(number), wanted[number]) for number in range(5)]
        luck.shuffle(messages)
        told = story(there, [*messages, state()], seed)
        end = {wanted[number]: (S, str(number)) for number in range(5)}
        assert played(told)[0] == end, seed
        for die_after in range(len(told.messages) + 1):
            cut = Player(told)
            first = cut.play(die_after=die_after)
            if not first.states:
                cut.play()
            assert ends(cut) == end, (seed, die_after)


@pytest.mark.parametrize("id_of_the_new_one", ["", "1"])
def test_a_person_of_many_contacts_is_counted_once_whatever_they_do_meanwhile(id_of_the_new_one: str) -> None:
    """Two old contacts are archived for one record: the limit of one lets both go, however often it is planned anew."""
    acted = 0
    for seed in SEEDS:
        there = [member("old", "1"), member("older", "1"), member("new", id_of_the_new_one)]
        player = Player(story(there, [row("1", "new"), state()], seed, fuse_allows=1, people_act=True))
        assert len(player.play().settlements) == 1, seed
        acted += ends(player) != {"new": (S, "1"), "old": ("archived", "1"), "older": ("archived", "1")}
    assert acted > 10
