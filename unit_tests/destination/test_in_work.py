"""Whose member is in work: one record at a time per member, every record in its turn, and nobody forgotten."""

from collections import defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from source_destination_mailchimp.destination.checkpoints import Ticket
from source_destination_mailchimp.destination.in_work import InWork
from source_destination_mailchimp.destination.model import Contact, Operation, Outcome, Route, Settled
from source_destination_mailchimp.destination.work import Departure
from source_destination_mailchimp.destination.work_item import WorkItem
from unit_tests.destination.planned import contact

PEOPLE = ["ann", "bob", "cid", "dan"]
IDS = ["", "1", "2"]


def person(name: str, external_id: str = "") -> Contact:
    """The contact of a record."""
    return contact(f"{name}@sandbox-people.org", external_id=external_id)


def item(name: str, external_id: str = "") -> WorkItem:
    """A record that has just come."""
    return WorkItem(person(name, external_id), Ticket())


def planned(one: WorkItem, member: str = "") -> WorkItem:
    """The same after planning."""
    one.operation = Operation(one.contact, Route.UPDATE, Settled(Outcome.UPDATED), member=member)
    return one


class Turns(RuleBasedStateMachine):
    """Records arrive, are planned, block one another, are planned anew and finish, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.in_work = InWork()
        self.planning: list[WorkItem] = []
        self.writing: dict[WorkItem, tuple[str, ...]] = {}
        self.came: dict[str, list[WorkItem]] = defaultdict(list)
        self.open: set[WorkItem] = set()

    @precondition(lambda self: not self.planning)
    @rule(name=st.sampled_from(PEOPLE), external_id=st.sampled_from(IDS))
    def a_record_comes(self, name: str, external_id: str) -> None:
        """It is planned next, or waits."""
        one = item(name, external_id)
        self.came[one.contact.hash].append(one)
        self.open.add(one)
        self.in_work.arrive(one)

    @precondition(lambda self: not self.planning)
    @rule(name=st.sampled_from(PEOPLE))
    def a_record_takes_the_place_of_an_older_one(self, name: str) -> None:
        """The older one is always the last of its address."""
        newer = item(name)
        older = self.in_work.overtakable(newer.contact.hash)
        if older is None:
            return
        line = self.came[newer.contact.hash]
        assert older is line[-1]
        line[-1] = newer
        self.open = (self.open - {older}) | {newer}
        self.writing.pop(older, None)
        self.in_work.overtake(older, newer)

    @precondition(lambda self: not self.planning)
    @rule()
    def what_arrived_is_planned(self) -> None:
        """It is in no place until each is planned."""
        self.planning = self.in_work.take_arrived()

    @precondition(lambda self: self.planning)
    @rule(other=st.sampled_from(["", *PEOPLE]))
    def one_is_planned(self, other: str) -> None:
        """It waits where a member of its person is in work, else its members go into work; it may name a second one."""
        one = self.planning.pop(0)
        others = [person(other).hash] if other else []
        busy = self.in_work.blocker(one.contact, others)
        if busy:
            self.in_work.wait_for(one, busy)
            return
        members = dict.fromkeys([one.contact.hash, *others])
        taken = {member for members in self.writing.values() for member in members}
        assert not taken & set(members), "no member is in work for two records"
        self.in_work.start(planned(one), members)
        self.writing[one] = tuple(members)

    @precondition(lambda self: self.writing and not self.planning)
    @rule(sent=st.booleans(), data=st.data())
    def one_is_sent(self, sent: bool, data: st.DataObject) -> None:
        """Its place cannot be taken any more."""
        one = data.draw(st.sampled_from(list(self.writing)))
        one.is_sent = one.is_sent or sent
        assert self.in_work.writing[one.contact.hash] is one

    @precondition(lambda self: self.writing and not self.planning)
    @rule(data=st.data())
    def one_finishes(self, data: st.DataObject) -> None:
        """Nothing of its own address came before it that is not done."""
        one = data.draw(st.sampled_from(list(self.writing)))
        assert self.came[one.contact.hash][0] is one, "records of one address are written in the order they came"
        self.came[one.contact.hash].remove(one)
        self.open.remove(one)
        del self.writing[one]
        self.in_work.finish(one)

    @precondition(lambda self: self.writing and not self.planning)
    @rule(data=st.data())
    def one_is_planned_anew(self, data: st.DataObject) -> None:
        """It keeps its turn."""
        one = data.draw(st.sampled_from(list(self.writing)))
        del self.writing[one]
        one.is_sent = True
        self.in_work.pause(one)
        busy = self.in_work.blocker(one.contact, [])
        if busy:
            self.in_work.wait_for(one, busy)
            return
        self.in_work.start(planned(one), [])
        self.writing[one] = (one.contact.hash,)

    @invariant()
    def nobody_is_lost(self) -> None:
        """As long as a record has no outcome it is in one of the places."""
        assert self.in_work.is_empty == (not self.open - set(self.planning))
        assert bool(self.in_work.writing) == bool(self.writing)

    def teardown(self) -> None:
        """Whatever the state, planning and finishing everything empties it: no two records wait for each other."""
        while self.open:
            before = len(self.open)
            self.planning = self.planning or self.in_work.take_arrived()
            while self.planning:
                self.one_is_planned("")
            for one in list(self.writing):
                del self.writing[one]
                self.open.remove(one)
                self.in_work.finish(one)
            assert len(self.open) < before, "records wait for one another for ever"
        assert self.in_work.is_empty


TestTurns = Turns.TestCase
TestTurns.settings = settings(max_examples=200, deadline=None)


@given(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=20))
def test_only_the_last_of_an_address_can_be_overtaken(names: list[str]) -> None:
    """Whoever came last is found, whether it arrived or waits; of several per address all but one wait."""
    in_work, last = InWork(), dict[str, WorkItem]()
    for name in names:
        one = item(name)
        in_work.arrive(one)
        last[one.contact.hash] = one
    for subscriber, one in last.items():
        assert in_work.overtakable(subscriber) is one
    assert len(in_work.arrived) == len(set(names))


def test_what_has_left_is_not_overtaken() -> None:
    """A record of which a call has left, a record that writes another member, and a departure keep their place."""
    sent, elsewhere = item("ann"), item("bob")
    sent.is_sent = True
    leaving = WorkItem(person("cid"), Departure("list", "archive"))
    in_work = InWork()
    for one in (sent, elsewhere, leaving):
        in_work.start(planned(one, member="f" * 32 if one is elsewhere else ""), [])
        assert in_work.overtakable(one.contact.hash) is None


def test_a_record_that_waits_elsewhere_holds_later_ones_of_its_address_back() -> None:
    """The order per address holds although the first of them waits in the line of another member."""
    in_work, first, waiting, later = InWork(), item("ann"), item("bob"), item("bob")
    in_work.start(planned(first), [])
    in_work.wait_for(waiting, first.contact.hash)
    assert in_work.overtakable(waiting.contact.hash) is None, "it waits in the line of another address"
    in_work.arrive(later)
    assert not in_work.arrived
    in_work.finish(first)
    assert in_work.take_arrived() == [waiting]


def test_a_record_is_found_by_its_id() -> None:
    """A deletion without an address learns whose record came before: the last that waits, else the one in work."""
    in_work = InWork()
    in_work.start(planned(item("ann", "7")), [])
    assert in_work.address_of("7") == person("ann").hash
    in_work.wait_for(item("bob", "7"), person("ann").hash)
    in_work.wait_for(item("cid", "7"), person("ann").hash)
    assert in_work.address_of("7") == person("cid").hash
    assert in_work.address_of("8") == ""


def test_strangers_wait_for_room_in_their_order() -> None:
    """Who found the audience full is planned before later records of the address, once there may be room."""
    in_work, first, later = InWork(), item("ann"), item("ann")
    in_work.arrive(first)
    in_work.take_arrived()
    in_work.wait_for_room(first)
    in_work.arrive(later)
    assert in_work.waiting_for_room and not in_work.arrived
    in_work.look_for_room()
    assert in_work.take_arrived() == [first]
    assert not in_work.waiting_for_room


def test_a_contact_keeps_its_ids_apart() -> None:
    """Two people of the same address with other ids are one line; the id in work goes with its record."""
    in_work, one = InWork(), item("ann", "1")
    in_work.start(planned(one), [])
    other = person("bob")._replace(external_id="1")
    assert in_work.blocker(other, []) == one.contact.hash
    in_work.finish(one)
    assert in_work.blocker(other, []) == ""


def test_a_record_keeps_its_turn_before_later_ones_of_its_address() -> None:
    """Its member is in work for another record: it waits first in line, before the one that came after it."""
    in_work, other, first, later = InWork(), item("ann"), item("bob"), item("bob")
    for one in (other, first, later):
        in_work.arrive(one)
    in_work.take_arrived()
    in_work.start(planned(other), [first.contact.hash])
    in_work.wait_for(first, in_work.blocker(first.contact, []))
    in_work.finish(other)
    assert in_work.take_arrived() == [first]


def test_a_record_that_is_freed_into_another_line_goes_first_there() -> None:
    """It came before those who wait at its own address, although it waited elsewhere until now."""
    in_work, elsewhere, busy = InWork(), item("ann"), item("cid")
    first, later = item("bob"), item("bob")
    in_work.start(planned(elsewhere), [])
    in_work.wait_for(first, elsewhere.contact.hash)
    in_work.arrive(later)
    in_work.start(planned(busy), [first.contact.hash])
    in_work.finish(elsewhere)
    in_work.finish(busy)
    assert in_work.take_arrived() == [first]


def test_a_freed_member_waits_for_its_earlier_record_elsewhere() -> None:
    """A record that waits in another line goes before the later ones of its address, whichever line is freed first."""
    in_work, ann = InWork(), item("ann")
    first, later = item("dan"), item("dan")
    in_work.start(planned(ann), [first.contact.hash])
    in_work.wait_for(first, ann.contact.hash)
    in_work.arrive(later)
    in_work.finish(ann)
    assert in_work.take_arrived() == [first]


def test_two_lines_never_wait_for_each_other() -> None:
    """Records of one person under two addresses wait behind other people: all of them have their turn."""
    in_work, ann, bob = InWork(), item("ann", "1"), item("bob")
    second, third, fourth = item("ann"), item("ann"), item("ann")
    moved, later = item("cid", "1"), item("cid")
    in_work.start(planned(ann), [])
    for one in (second, moved):
        in_work.wait_for(one, ann.contact.hash)
    in_work.arrive(third)
    in_work.arrive(later)
    in_work.finish(ann)
    assert in_work.take_arrived() == [second]
    in_work.start(planned(bob), [later.contact.hash])
    in_work.wait_for(second, later.contact.hash)
    in_work.arrive(fourth)
    in_work.finish(bob)
    order = []
    while arrived := in_work.take_arrived():
        for one in arrived:
            order.append(one)
            in_work.start(planned(one), [])
        for one in arrived:
            in_work.finish(one)
    assert in_work.is_empty
    assert [one for one in order if one.contact.hash == ann.contact.hash] == [second, third, fourth]
    assert [one for one in order if one.contact.hash == later.contact.hash] == [moved, later]
