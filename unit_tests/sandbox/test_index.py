"""The orders of an audience's members against a plain model of them."""

from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st

from source_destination_mailchimp.sandbox.members.index import PRESENT, MemberOrder, groups_of, ids_of
from source_destination_mailchimp.sandbox.members.member import STATUSES, Member

STEPS = st.lists(
    st.tuples(st.integers(1, 12), st.sampled_from([*STATUSES, "gone"]), st.integers(1, 5), st.booleans()), max_size=60
)


def expected(members: Iterable[Member], group: str) -> list[int]:
    """IDs of a group by last change, worked out the slow way."""
    there = [member for member in members if not member.gone and group in groups_of(member.status)]
    return [member.web_id for member in sorted(there, key=lambda member: (member.last_changed, member.web_id))]


@given(STEPS)
@settings(deadline=None)
def test_orders_follow_every_change(steps: list[tuple[int, str, int, bool]]) -> None:
    """After any changes every group lists its members by last change and by ID (inferred, G)."""
    order, members = MemberOrder(), dict[int, Member]()
    for number, status, changed, looks in steps:
        member = members.get(number)
        if member is None or member.gone:
            member = members[number] = Member(bytes([number]), f"{number}@a.com", number, status, changed)
        member.gone = status == "gone"
        member.status = member.status if member.gone else status
        member.last_changed = changed
        order.moved(member)
        if looks:
            assert ids_of(order.by_change(PRESENT)) == expected(members.values(), PRESENT)
    for group in (PRESENT, *STATUSES):
        assert ids_of(order.by_change(group)) == expected(members.values(), group)
        assert list(order.by_id(group)) == sorted(expected(members.values(), group))


def test_many_at_once() -> None:
    """A large part of the members changing at once gives the same orders (promise)."""
    order = MemberOrder()
    members = [Member(b"", f"{n}@a.com", n, "subscribed", 10_000 - n) for n in range(1, 3000)]
    for member in members:
        order.moved(member)
    assert ids_of(order.by_change(PRESENT)) == expected(members, PRESENT)
    for member in members[::2]:
        member.status, member.last_changed = "archived", 20_000
        member.gone = member.web_id % 10 == 1
        order.moved(member)
    for group in (PRESENT, "archived", "subscribed"):
        assert ids_of(order.by_change(group)) == expected(members, group)
        assert list(order.by_id(group)) == sorted(expected(members, group))
