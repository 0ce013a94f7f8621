"""What goes into one call, in which order, and which record may take another's place."""

from collections.abc import Sequence
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from source_destination_mailchimp.destination.form.settings import TagsMode
from source_destination_mailchimp.destination.model import Contact, Operation, OptIn, Outcome, Route, Settled, StreamId
from source_destination_mailchimp.destination.rules.duplicates import may_overtake, overlaid, successor
from source_destination_mailchimp.destination.rules.field_writes import FieldWrites
from source_destination_mailchimp.destination.rules.tags import TagRules, changes
from source_destination_mailchimp.destination.work import Batch
from source_destination_mailchimp.destination.writing.batches import (
    CALLS_PER_TASK,
    SINGLE_CALLS,
    MemberBatches,
    Way,
    tasks,
    way_of,
)
from unit_tests.destination.planned import contact, rules

DONE = Settled(Outcome.UPDATED)


def operation(name: int, route: Route = Route.UPDATE) -> Operation:
    """A write for somebody."""
    return Operation(contact(f"p{name}@sandbox-people.org"), route, DONE)


def people(batch: Batch) -> list[str]:
    """Who is in a batch."""
    return [one.subscriber for one in batch.operations]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "withdraw", "flush"]),
        st.integers(0, 12),
        st.sampled_from([Route.ADD, Route.UPDATE, Route.PATCH]),
    ),
    max_size=60,
)


@given(STEPS, st.integers(1, 4))
@settings(deadline=None)
def test_nobody_is_twice_or_lost_and_no_call_is_too_full(steps: Sequence[tuple[str, int, Route]], size: int) -> None:
    """Whatever is added, taken back and flushed: one route a call, everybody once, never over the limit."""
    batches, waiting = MemberBatches(size), set[str]()
    for what, name, route in steps:
        one = operation(name, route)
        sent: list[Batch] = []
        if what == "add" and one.subscriber not in waiting:
            waiting.add(one.subscriber)
            sent = [full] if (full := batches.add(one)) else []
        elif what == "withdraw" and one.subscriber in waiting:
            batches.withdraw(one.subscriber)
            waiting.discard(one.subscriber)
        elif what == "flush":
            sent = list(batches.flush())
        for batch in sent:
            assert 0 < len(batch.operations) <= size
            assert len(set(people(batch))) == len(batch.operations)
            assert {one.route for one in batch.operations} == {batch.route}
            assert set(people(batch)) <= waiting
            waiting -= set(people(batch))
        assert len(batches) == len(waiting)
    left = [name for batch in batches.flush() for name in people(batch)]
    assert sorted(left) == sorted(waiting)


def test_a_member_planned_twice_at_once_is_our_bug() -> None:
    """A second operation for somebody who has one is refused aloud: Mailchimp would refuse the whole call."""
    batches = MemberBatches()
    batches.add(operation(1, Route.ADD))
    with pytest.raises(ValueError, match="twice"):
        batches.add(operation(1, Route.PATCH))


@given(st.sampled_from([one for one in Route if one is not Route.NOTHING]), st.integers(1, 500))
@settings(deadline=None)
def test_a_batch_becomes_tasks_without_losing_anybody(route: Route, size: int) -> None:
    """Bulk routes stay whole; single calls are shared out; who must be looked at first is never left to a job."""
    batch = Batch(route, tuple(operation(n, route) for n in range(size)))
    parts = list(tasks(batch))
    assert [name for part in parts for name in people(part)] == people(batch)
    if way_of(route) is Way.BULK:
        assert len(parts) == 1
    elif way_of(route) is Way.CHECKED or size <= SINGLE_CALLS:
        assert max(len(part.operations) for part in parts) <= CALLS_PER_TASK


def test_an_operation_without_a_member_call_is_in_no_batch() -> None:
    """What only changes tags never comes this far; if it did, it would be our bug."""
    with pytest.raises(ValueError, match="without a member call"):
        way_of(Route.NOTHING)


ADD_NOBODY = {OptIn.MISSING, OptIn.UNCHECKED}
STANDS_FOR: dict[OptIn, set[OptIn]] = {
    OptIn.NOT_ASKED: {OptIn.NOT_ASKED, *ADD_NOBODY},
    OptIn.YES: {OptIn.YES, *ADD_NOBODY},
    OptIn.UNCHECKED: ADD_NOBODY,
    OptIn.NO: set(OptIn),
    OptIn.MISSING: ADD_NOBODY,
}


@pytest.mark.parametrize("newer", OptIn)
@pytest.mark.parametrize("older", OptIn)
def test_no_answer_is_lost_to_a_later_record(newer: OptIn, older: OptIn) -> None:
    """A no stands for whatever came before; a yes gives way to nothing but a yes or a no."""
    may = older in STANDS_FOR[newer]
    assert may_overtake(contact(opt_in=newer), contact(opt_in=older)) is may


@pytest.mark.parametrize(
    ("newer", "older", "may"), [(2.0, 1.0, True), (1.0, 1.0, True), (1.0, 2.0, False), (None, 1.0, False)]
)
def test_the_latest_consent_is_not_lost(newer: float | None, older: float | None, may: bool) -> None:
    """A yes with an earlier date, or none, does not take the place of a dated one."""
    first, second = (contact(opt_in=OptIn.YES, consent_seconds=when) for when in (older, newer))
    assert may_overtake(second, first) is may


@pytest.mark.parametrize(
    "parts",
    [{"deleted": True}, {"external_id": "2"}, {"stream": StreamId(None, "other")}, {"stream": StreamId("a", "people")}],
)
def test_what_is_about_something_else_overtakes_nothing(parts: dict[str, Any]) -> None:
    """Deletions, other external ids and other streams are written one after the other."""
    assert not may_overtake(contact(**parts), contact())
    assert not may_overtake(contact(), contact(**parts))


VALUES = st.dictionaries(st.sampled_from("ABC"), st.sampled_from(["", "x", "y"]))
TAGS = st.lists(st.sampled_from(["one", "two", "three"]), unique=True).map(tuple)


@pytest.mark.parametrize("mode", get_args(TagsMode))
@given(VALUES, VALUES, VALUES, TAGS, TAGS, TAGS)
@settings(deadline=None)
def test_one_write_does_what_two_would(
    mode: TagsMode,
    there: dict[str, str],
    first: dict[str, str],
    second: dict[str, str],
    present: tuple[str, ...],
    tags: tuple[str, ...],
    more: tuple[str, ...],
) -> None:
    """Overlaid and written once, or written one after the other: the member ends the same, in every tags mode."""
    older = contact(merge=first, tags=tags, is_silent_on_tags=not tags)
    newer = contact(merge=second, tags=more, is_silent_on_tags=not more)
    tag_rules = TagRules(("always",), mode, ("o*",), frozenset({"three"}))
    one = overlaid(newer, older, rules(tags=tag_rules))
    assert {**there, **one.merge} == {**there, **first, **second}
    assert one.record is newer.record
    two_writes = tags_after(newer, tag_rules, tags_after(older, tag_rules, frozenset(present)))
    assert tags_after(one, tag_rules, frozenset(present)) == two_writes


def tags_after(record: Contact, tag_rules: TagRules, present: frozenset[str]) -> frozenset[str]:
    """The tags of a member once a record is written."""
    wanted = changes(tag_rules.for_record(is_silent=record.is_silent_on_tags), record.tags, present)
    return (present | {tag.lower() for tag in wanted.on}) - set(wanted.off)


def test_where_mailchimp_wins_the_first_value_stays() -> None:
    """The first value that fills a field counts, whichever of the two records is sent."""
    newer, older = contact(merge={"FNAME": "Bea", "LNAME": "Lee"}), contact(merge={"FNAME": "Ann", "LNAME": ""})
    one = successor(newer, older, rules(writes=FieldWrites("if_empty")))
    assert one is not None and one.merge == {"FNAME": "Ann", "LNAME": "Lee"}
    last = successor(newer, older, rules())
    assert last is not None and last.merge == newer.merge
