"""Which tags come on and off: wanted against present, in each of the three modes."""

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_mailchimp.destination.form.settings import TagsMode
from source_destination_mailchimp.destination.model import Contact, Known, Operation, Route
from source_destination_mailchimp.destination.rules import consent
from source_destination_mailchimp.destination.rules.plan import StreamRules, plan
from source_destination_mailchimp.destination.rules.tags import NONE, TagChanges, TagRules, changes, is_owned, takes_off
from source_destination_mailchimp.destination.startup.bind_streams import Binding
from source_destination_mailchimp.destination.startup.catalog import ConfiguredStream
from source_destination_mailchimp.destination.startup.stream_rules import rules_for
from source_destination_mailchimp.mailchimp.members import Audience, Status
from unit_tests.destination.people import STREAM, entry, mapped, settings

NAMES = st.text(st.sampled_from("abAB-é "), min_size=1, max_size=4).filter(str.strip)
RULES = consent.Rules("subscribed", "never")
EVERY = TagRules(mode="replace_owned", owned=("*",))
OWNED = TagRules(mode="replace_owned", owned=("crm-*",))
PRESENT = st.frozensets(NAMES.map(str.lower), max_size=6)


@pytest.mark.parametrize(
    ("name", "owned", "expected"),
    [
        ("crm-gold", ["crm-*"], True),
        ("crm-gold", ["CRM-*"], True),
        ("crm-", ["crm-*"], True),
        ("crm", ["crm-*"], False),
        ("my crm-gold", ["crm-*"], False),
        ("gold", ["Gold"], True),
        ("gold", ["gol"], False),
        ("golden", ["gold"], False),
        ("a*b", ["a*b"], True),
        ("axb", ["a*b"], False),
        ("anything", ["*"], True),
        ("gold", [], False),
        ("été", ["ÉTÉ"], True),
    ],
)
def test_owned_is_a_name_or_a_beginning_with_a_star(name: str, owned: list[str], expected: bool) -> None:
    """`crm-*` owns what begins so, a plain name only itself, a star inside a name is no pattern; case never matters."""
    assert is_owned(name, owned) is expected


@pytest.mark.parametrize(
    ("rules", "record", "present", "expected"),
    [
        (TagRules(), (), {"a"}, NONE),
        (TagRules(("A",)), (), {"b"}, TagChanges(("A",))),
        (TagRules(("A",)), (), {"a"}, NONE),
        (TagRules(("A",)), ("a",), set(), TagChanges(("a",))),
        (TagRules(("A",)), ("B",), {"a"}, TagChanges(("B",))),
        (OWNED, ("crm-a",), {"crm-b", "vip"}, TagChanges(("crm-a",), ("crm-b",))),
        (OWNED, ("CRM-B",), {"crm-b", "crm-c"}, TagChanges((), ("crm-c",))),
        (TagRules(("crm-x",), "replace_owned", ("crm-*",)), (), {"crm-x", "crm-y"}, TagChanges((), ("crm-y",))),
        (EVERY, ("A",), {"a", "b", "c"}, TagChanges((), ("b", "c"))),
        (EVERY, (), {"b"}, TagChanges((), ("b",))),
        (TagRules((), "replace_owned", ("*",), frozenset({"list"})), (), {"list", "x"}, TagChanges((), ("x",))),
    ],
)
def test_changes_are_the_difference(
    rules: TagRules, record: tuple[str, ...], present: set[str], expected: TagChanges
) -> None:
    """Only what differs is changed, by the mode; a mirror tag of another stream is nobody else's."""
    assert changes(rules, record, frozenset(present)) == expected


COMES_OFF: dict[TagsMode, tuple[str, ...]] = {
    "add": (),
    "replace_owned": ("crm-a",),
}


@pytest.mark.parametrize("mode", get_args(TagsMode))
def test_what_comes_off_in_every_mode(mode: TagsMode) -> None:
    """A mode says which of the tags that a record does not name come off, and whether any may at all."""
    rules = TagRules((), mode, ("crm-*",), frozenset({"list"}))
    expected = COMES_OFF[mode]
    assert changes(rules, ("Wanted",), frozenset({"crm-a", "vip", "list", "wanted"})) == TagChanges((), expected)
    assert takes_off(mode) is bool(expected)


@given(st.lists(NAMES, max_size=4), st.lists(NAMES, max_size=4), st.lists(NAMES, max_size=3), PRESENT)
def test_replace_owned_leaves_everything_else(
    always: list[str], record: list[str], owned: list[str], present: frozenset[str]
) -> None:
    """Whatever comes off is owned and not wanted, and whatever goes on is wanted and not there."""
    found = changes(TagRules(tuple(always), "replace_owned", tuple(owned)), tuple(record), present)
    wanted = {name.lower() for name in (*always, *record)}
    assert all(is_owned(name, owned) and name in present and name not in wanted for name in found.off)
    assert {name.lower() for name in found.on} == wanted - present


@given(
    st.sampled_from(get_args(TagsMode)),
    st.lists(NAMES, max_size=4),
    st.lists(NAMES, max_size=4),
    PRESENT,
)
def test_a_second_sync_is_silent(mode: Any, always: list[str], record: list[str], present: frozenset[str]) -> None:
    """With the tags as the first sync left them the second one changes nothing."""
    rules = TagRules(tuple(always), mode, ("a*",))
    found = changes(rules, tuple(record), present)
    after = (present | {name.lower() for name in found.on}) - set(found.off)
    assert changes(rules, tuple(record), after) == NONE


@given(st.lists(NAMES, max_size=5), PRESENT)
def test_case_never_makes_a_difference(record: list[str], present: frozenset[str]) -> None:
    """Names in capitals ask for what the same names in small letters ask for."""
    rules = EVERY
    small = changes(rules, tuple(name.lower() for name in record), present)
    large = changes(rules, tuple(name.upper() for name in record), present)
    assert {name.lower() for name in large.on} == set(small.on)
    assert large.off == small.off


@pytest.mark.parametrize(
    ("value", "empty_values", "silent"),
    [
        (None, "ignore", True),
        ("", "ignore", True),
        ("  ", "ignore", True),
        (["a"], "ignore", False),
        ([], "ignore", False),
        (None, "clear", False),
        ("", "clear", False),
    ],
)
def test_an_empty_tags_column_says_nothing(value: Any, empty_values: str, silent: bool) -> None:
    """A tags column that turned null takes nobody's tags off, unless `empty_values` is `clear`; an empty array does."""
    record = {"email": "ann@sandbox-people.org", "labels": value}
    contact = mapped(record, {"tags_field": "labels"}, empty_values=empty_values)
    known = Known(Status.SUBSCRIBED, contact.email, tags=frozenset({"crm-a", "vip"}))
    planned = plan(contact, known, StreamRules(STREAM, RULES, lambda: 0.0, tags=OWNED))
    taken_off = planned.tags_off if isinstance(planned, Operation) else ()
    assert taken_off == (() if silent else ("crm-a",))


def test_tags_alone_need_no_member_call() -> None:
    """Where nothing but tags differs, nothing but tags is sent."""
    contact = Contact(STREAM, {}, "ann@sandbox-people.org", "aa", tags=("New",))
    known = Known(Status.UNSUBSCRIBED, contact.email)
    planned = plan(contact, known, StreamRules(STREAM, RULES, lambda: 0.0))
    assert isinstance(planned, Operation)
    assert (planned.route, planned.tags_on, planned.changes) == (Route.NOTHING, ("New",), {})


def test_the_rules_of_a_stream_come_from_its_entry() -> None:
    """Its tags and its mirror tag are put on everybody, empty lines aside; other streams' are not its own."""
    one = entry(tags=["", " ", "A"], mirror_tag="List", tags_mode="replace_owned", owned_tags=["*"])
    binding = Binding(ConfiguredStream(STREAM), Audience("aud1", "News"), one, "append")
    rules = rules_for(settings(), binding, (), ("list", "Other"), writes={}, now=lambda: 0.0).tags
    assert rules == TagRules(("A", "List"), "replace_owned", ("*",), frozenset({"other"}))
