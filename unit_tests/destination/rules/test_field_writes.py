"""When a value is written: the rules of the entries of `fields`, and what they make of two records of one person."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_mailchimp.destination.form.field_mapping import Write
from source_destination_mailchimp.destination.model import Operation, OptIn, Outcome, Route, Settled
from source_destination_mailchimp.destination.rules.duplicates import not_the_first, successor
from source_destination_mailchimp.destination.rules.field_writes import FieldWrites, changed_keys
from source_destination_mailchimp.destination.rules.plan import StreamRules, plan
from source_destination_mailchimp.mailchimp.members import Status
from unit_tests.destination.planned import contact, known, rules

TAGS = ("ALWAYS", "GAP", "NEW")
WRITES = FieldWrites("always", {"GAP": "if_empty", "NEW": "only_new"})
VALUES = st.fixed_dictionaries({}, optional={tag: st.sampled_from(["", "a", "b"]) for tag in TAGS})
Merge = dict[str, str]


@pytest.mark.parametrize(
    ("rule", "new", "old", "is_written"),
    [
        ("always", 1, 2, True),
        ("always", 0, 2, True),
        ("if_empty", 1, 0, True),
        ("if_empty", 1, 2, False),
        ("if_empty", 0, 2, False),
        ("only_new", 1, 0, False),
        ("only_new", 1, 2, False),
        *((rule, 2, 2, False) for rule in get_args(Write)),
    ],
)
def test_what_is_written_to_somebody_who_is_there(rule: Write, new: int, old: int, is_written: bool) -> None:
    """`if_empty` fills gaps and never clears; `only_new` leaves everybody alone who is there."""
    for writes in (FieldWrites(rule), FieldWrites("always", {"X": rule}), FieldWrites("if_empty", {"X": rule})):
        assert changed_keys({"X": new}, {"X": old}, writes) == ({"X"} if is_written else set())


def test_an_entry_counts_more_than_conflict() -> None:
    """`conflict` is for what no entry says."""
    writes = FieldWrites("if_empty", {"X": "always"})
    assert changed_keys({"X": 1, "Y": 1}, {"X": 2, "Y": 2}, writes) == {"X"}
    assert not writes.replaces_all
    assert FieldWrites("always", {"X": "always"}).replaces_all


def test_somebody_new_gets_every_value() -> None:
    """Whatever the rules, there is nothing yet to be left alone."""
    planned = plan(contact(merge=dict.fromkeys(TAGS, "x")), None, rules(writes=WRITES))
    assert isinstance(planned, Operation)
    assert planned.changes["merge_fields"] == dict.fromkeys(TAGS, "x")


@pytest.mark.parametrize("status", [Status.UNSUBSCRIBED, Status.ARCHIVED])
def test_somebody_brought_back_is_not_new(status: Status) -> None:
    """Who comes back keeps what is there: only a contact that this run adds is new."""
    asks = contact(merge={"NEW": "x", "ALWAYS": "y"}, opt_in=OptIn.YES, consent_seconds=1_500_000_000.0)
    planned = plan(asks, known(status), rules("subscribed", "with_newer_consent", writes=WRITES))
    assert isinstance(planned, Operation)
    assert planned.route is Route.RESUBSCRIBE
    assert planned.changes["merge_fields"] == {"ALWAYS": "y"}


def written(there: Merge | None, merge: Merge, settings: StreamRules) -> Merge | None:
    """The merge values of a person after one record, None where nobody is there."""
    planned = plan(
        contact(merge=merge), None if there is None else known(Status.SUBSCRIBED, 1_000_000_000.0, **there), settings
    )
    if isinstance(planned, Settled):
        return there
    return {**(there or {}), **planned.changes.get("merge_fields", {})}


@pytest.mark.parametrize("writes", [WRITES, FieldWrites("if_empty", {"ALWAYS": "always", "NEW": "only_new"})], ids=str)
@given(there=st.none() | VALUES, first=VALUES, second=VALUES)
def test_an_overtaken_record_ends_like_two_writes(
    writes: FieldWrites, there: Merge | None, first: Merge, second: Merge
) -> None:
    """Overlaid and written once, or written one after the other: every value ends by its rule."""
    settings = rules(writes=writes)
    one = successor(contact(merge=second), contact(merge=first), settings)
    assert one is not None
    once = written(there, dict(one.merge), settings)
    assert _filled(once) == _filled(written(written(there, first, settings), second, settings))


def test_a_record_that_adds_nobody_is_not_overtaken_where_rules_look_at_the_first() -> None:
    """Without an answer it adds nobody but fills the gaps of who is there, so neither value can be chosen early."""
    older, newer = contact(opt_in=OptIn.MISSING), contact(opt_in=OptIn.YES)
    assert successor(newer, older, rules(writes=WRITES)) is None
    assert successor(newer, older, rules()) is not None
    assert successor(contact(opt_in=OptIn.MISSING), older, rules(writes=WRITES)) is not None


def test_groups_and_permissions_of_an_overtaken_record_end_by_conflict() -> None:
    """Where Mailchimp's values win, a yes of the first record stays; a no of it is a gap."""
    first = contact(interests={"red": True, "blue": False}, permissions={"Email": True}, profile={"vip": False})
    second = contact(interests={"red": False, "blue": True}, permissions={"Email": False}, profile={"vip": True})
    one = successor(second, first, rules(writes=FieldWrites("if_empty")))
    assert one is not None
    assert (one.interests, one.permissions, one.profile) == (
        {"red": True, "blue": True},
        {"Email": True},
        {"vip": True},
    )
    last = successor(second, first, rules())
    assert last is not None and last.interests == {"red": False, "blue": True}


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("asks", OptIn)
def test_where_the_first_record_counts_a_no_counts_too(status: Status, asks: OptIn) -> None:
    """Nothing else of a later record is written: no value, no tag, and nobody is brought back."""
    later = contact(opt_in=asks, merge={"ALWAYS": "y"}, tags=("VIP",), consent_seconds=1_500_000_000.0)
    found = not_the_first(later, known(status), rules("subscribed", "with_newer_consent"))
    if asks is OptIn.NO and status in (Status.SUBSCRIBED, Status.PENDING):
        assert isinstance(found, Operation)
        assert (found.status, found.changes, found.has_tag_changes) == (Status.UNSUBSCRIBED, {}, False)
        assert found.contact is later
    else:
        assert isinstance(found, Settled) and found.outcome is Outcome.DUPLICATE
    assert isinstance(not_the_first(later, None, rules()), Settled)


def _filled(merge: Merge | None) -> Merge:
    return {tag: value for tag, value in (merge or {}).items() if value}
