"""What a record becomes where its person's tags are not shown, or where Mailchimp has refused the person before."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from source_destination_mailchimp.destination.members.lookup import Members
from source_destination_mailchimp.destination.model import (
    Contact,
    Known,
    Note,
    Operation,
    OptIn,
    Outcome,
    Reason,
    Route,
    Settled,
)
from source_destination_mailchimp.destination.planner import Planner
from source_destination_mailchimp.destination.rules.field_writes import FieldWrites
from source_destination_mailchimp.destination.rules.tags import TagRules
from source_destination_mailchimp.mailchimp.errors import Unavailable
from source_destination_mailchimp.mailchimp.members import Status, member_hash
from unit_tests.destination.planned import EMAIL, NOW, STREAM, contact, known, rules
from unit_tests.destination.pretend_reader import PretendReader, members_of

HASH = member_hash(EMAIL)
LEFT = known(Status.UNSUBSCRIBED)
SUBSCRIBED = known()
MANY_TAGS = SUBSCRIBED._replace(tags=None)
FOR_GOOD = (Reason.FORGOTTEN, Reason.COMPLIANCE)
REFUSED = Settled(Outcome.HELD, Note(Reason.COMPLIANCE))


class ReaderWithoutTags(PretendReader):
    """Shows members, but never their tags beyond the first fifty."""

    def tags(self, subscribers: Sequence[str]) -> dict[str, frozenset[str] | Unavailable]:  # type: ignore[override]
        """Fail over everybody."""
        return dict.fromkeys(subscribers, Unavailable("Mailchimp failed over this contact"))


@pytest.fixture
def opened() -> Iterator[list[Members]]:
    """Keep what a test reads of an audience, and give the temporary files back at its end."""
    members: list[Members] = []
    yield members
    for one in members:
        one.close()


Plans = Callable[..., tuple[Planner, Known | None]]


@pytest.fixture
def planner(opened: list[Members]) -> Plans:
    """Make a planner of one stream; it comes with what is known of the person."""

    def made(reader: PretendReader, **settings: str) -> tuple[Planner, Known | None]:
        members = members_of(reader)
        opened.append(members)
        person = members.look_up([HASH])[HASH]
        return Planner({STREAM: rules(**settings)}, members, first_wins=False), person

    return made


def asking() -> Contact:
    """A record with a yes that is younger than the opt-out."""
    return contact(opt_in=OptIn.YES, consent_seconds=NOW)


def test_without_its_tags_a_record_is_rejected(planner: Plans) -> None:
    """Nothing is planned on half of what a member carries."""
    found, person = planner(ReaderWithoutTags({HASH: MANY_TAGS}))
    assert found.decide(contact(), person, ()) == Settled(Outcome.REJECTED, Note(Reason.MAILCHIMP_FAILED))


@pytest.mark.parametrize("record", [contact(deleted=True), contact(opt_in=OptIn.NO)], ids=["deletion", "opt-out"])
def test_without_its_tags_an_opt_out_or_a_deletion_comes_again(planner: Plans, record: Contact) -> None:
    """Neither is settled by a failure: the run ends, and the record comes with the next one."""
    found, person = planner(ReaderWithoutTags({HASH: MANY_TAGS}))
    with pytest.raises(Unavailable, match="failed over this contact"):
        found.decide(record, person, ())


def test_a_stranger_who_was_refused_is_not_asked_for_again(planner: Plans) -> None:
    """The second record of somebody whom Mailchimp does not take ends as the first did."""
    found, person = planner(PretendReader({}))
    found.bar(contact(), REFUSED)
    assert found.decide(contact(), person, ()) == REFUSED


def test_a_member_who_was_refused_keeps_the_data_without_a_return(planner: Plans) -> None:
    """Whoever may not come back gets the values of later records, and no status."""
    found, person = planner(PretendReader({HASH: LEFT}), resubscribe="with_newer_consent")
    record = asking()._replace(merge={"FNAME": "Ann"})
    before = found.decide(record, person, ())
    assert isinstance(before, Operation)
    assert before.route is Route.RESUBSCRIBE
    found.bar(record, REFUSED)
    planned = found.decide(record, person, ())
    assert isinstance(planned, Operation)
    assert planned.route is not Route.RESUBSCRIBE
    assert planned.status is None


def test_a_deletion_of_somebody_refused_ends_as_a_deletion(planner: Plans) -> None:
    """That Mailchimp takes nobody back says nothing against a deletion: there is nobody to delete."""
    found, person = planner(PretendReader({}))
    found.bar(contact(), REFUSED)
    ended = found.decide(contact(deleted=True), person, ())
    assert isinstance(ended, Settled)
    assert ended.reason is Reason.ALREADY_GONE


def test_an_owner_who_is_gone_owns_nothing(opened: list[Members]) -> None:
    """An external id whose member has been deleted meanwhile, or carries another one by now, is free."""
    other = member_hash("other@sandbox-people.org")
    members = members_of(PretendReader({HASH: SUBSCRIBED}), external_id_tag="CRMID", tracked=("CRMID",))
    opened.append(members)
    found = Planner({STREAM: rules()}, members, first_wins=False)
    record = contact(external_id="1", merge={"CRMID": "1"})
    planned = found.decide(record, members.look_up([HASH])[HASH], [other, HASH])
    assert isinstance(planned, Operation)
    assert planned.subscriber == HASH


FAILED = Settled(Outcome.REJECTED, Note(Reason.MAILCHIMP_FAILED))
OTHER = member_hash("other@sandbox-people.org")
DATA = contact(merge={"FNAME": "Ann"})
WITH_ID = contact(external_id="1", merge={"CRMID": "1", "FNAME": "Ann"})


def of_ids(opened: list[Members], people: dict[str, Known], *, first_wins: bool = False, **parts: Any) -> Planner:
    """Return a planner of one stream with external ids, for an audience of these people."""
    members = members_of(PretendReader(people), external_id_tag="CRMID", tracked=("CRMID", "FNAME"))
    opened.append(members)
    return Planner({STREAM: rules(**parts)}, members, first_wins=first_wins)


def test_over_whom_mailchimp_failed_only_removals_and_opt_outs_are_tried_again(planner: Plans) -> None:
    """Data of a member who was given up is not sent again; a no or a deletion is, whatever failed before."""
    found, person = planner(PretendReader({HASH: SUBSCRIBED}), removal="unsubscribe")
    found.give_up(HASH, FAILED)
    assert found.decide(DATA, person, ()) == FAILED
    for record in (contact(opt_in=OptIn.NO), contact(deleted=True)):
        planned = found.decide(record, person, ())
        assert isinstance(planned, Operation)
        assert planned.status is Status.UNSUBSCRIBED


def test_tags_of_a_member_who_was_given_up_are_tried(planner: Plans) -> None:
    """Mailchimp failed over the member's own call: that says nothing of another one."""
    found, person = planner(PretendReader({HASH: SUBSCRIBED}), tags=TagRules(("VIP",)))
    found.give_up(HASH, FAILED)
    planned = found.decide(contact(), person, ())
    assert isinstance(planned, Operation)
    assert (planned.route, planned.tags_on) == (Route.NOTHING, ("VIP",))


@pytest.mark.parametrize("status", [Status.SUBSCRIBED, Status.UNSUBSCRIBED])
def test_without_the_tags_of_an_old_member_nothing_is_planned(opened: list[Members], status: Status) -> None:
    """They would come along: the record is rejected, or comes again where the join takes the old member away."""
    here = SUBSCRIBED._replace(status=status, external_id="")
    there = MANY_TAGS._replace(status=status, external_id="1")
    members = members_of(ReaderWithoutTags({HASH: here, OTHER: there}), external_id_tag="CRMID", tracked=("CRMID",))
    opened.append(members)
    members.look_up([HASH, OTHER])
    found = Planner({STREAM: rules()}, members, first_wins=False)
    if status is Status.UNSUBSCRIBED:
        assert found.decide(WITH_ID, here, [OTHER]) == FAILED
        return
    with pytest.raises(Unavailable, match="failed over this contact"):
        found.decide(WITH_ID, here, [OTHER])


@pytest.mark.parametrize(("reason", "is_barred"), [(reason, reason in FOR_GOOD) for reason in Reason])
def test_only_a_refusal_for_good_bars_somebody(planner: Plans, reason: Reason, *, is_barred: bool) -> None:
    """Whoever was forgotten or left by their own act is not asked for again; any other refusal says nothing."""
    found, person = planner(PretendReader({}))
    refused = Settled(Outcome.REJECTED, Note(reason))
    found.bar(contact(), refused)
    assert (found.decide(contact(), person, ()) == refused) == is_barred


@pytest.mark.parametrize("status", Status)
def test_addresses_are_passed_round_between_subscribed_members_only(opened: list[Members], status: Status) -> None:
    """Whoever left, or was never asked, keeps what they are: their member becomes nobody else's."""
    person = SUBSCRIBED._replace(status=status, external_id="2")
    found = of_ids(opened, {HASH: person})
    planned = found.exchange(WITH_ID, person)
    assert (planned is not None) == (status is Status.SUBSCRIBED)
    assert found.exchange(WITH_ID, None) is None


def test_addresses_are_not_passed_round_where_a_value_may_stay(opened: list[Members]) -> None:
    """With `mailchimp_wins`, or a rule of that kind for one field, the new person would keep the old one's values."""
    person = SUBSCRIBED._replace(external_id="2")
    for writes in (FieldWrites("if_empty", {}), FieldWrites("always", {"FNAME": "only_new"})):
        found = of_ids(opened, {HASH: person}, writes=writes)
        assert found.exchange(WITH_ID, person) is None


@pytest.mark.parametrize("opt_in", [OptIn.NO])
def test_addresses_are_not_passed_round_with_an_opt_out(opened: list[Members], opt_in: OptIn) -> None:
    """A record that unsubscribes is another kind of call, and another kind of answer."""
    person = SUBSCRIBED._replace(external_id="2")
    assert of_ids(opened, {HASH: person}).exchange(WITH_ID._replace(opt_in=opt_in), person) is None


def test_the_member_at_the_address_is_no_other_owner(opened: list[Members]) -> None:
    """Only members elsewhere are the person's others."""
    found = of_ids(opened, {HASH: SUBSCRIBED._replace(external_id="1"), OTHER: SUBSCRIBED._replace(external_id="1")})
    assert found.other_owners(WITH_ID) == [OTHER]
    assert found.other_owners(contact()) == []


@pytest.mark.parametrize("status", Status)
def test_an_id_that_is_nobodys_is_replaced_unless_its_member_left(opened: list[Members], status: Status) -> None:
    """The id on somebody who opted out carries the opt-out on: no deletion of a record sets it free."""
    person = SUBSCRIBED._replace(status=status, external_id="9")
    found = of_ids(opened, {HASH: person})
    found.give_up_address(contact(external_id="9", deleted=True))
    planned = found.decide(WITH_ID, person, ())
    is_free = isinstance(planned, Operation) and planned.changes.get("merge_fields", {}).get("CRMID") == "1"
    assert is_free == (status in (Status.SUBSCRIBED, Status.PENDING, Status.TRANSACTIONAL))


def test_a_deletion_is_never_a_later_record(opened: list[Members]) -> None:
    """With `duplicates: first` the first record counts, and whoever was added, or said no, is not read again."""
    person = SUBSCRIBED._replace(external_id="1")
    for first in (Settled(Outcome.UPDATED), Settled(Outcome.SKIPPED, Note(Reason.NOT_OPTED_IN))):
        found = of_ids(opened, {HASH: person}, first_wins=True, removal="unsubscribe")
        found.note_outcome(contact(), first)
        later = found.decide(DATA, person, ())
        assert isinstance(later, Settled)
        assert later.reason is Reason.NOT_THE_FIRST
        assert isinstance(found.decide(contact(deleted=True), person, ()), Operation)
    found = of_ids(opened, {HASH: person}, first_wins=True)
    found.note_outcome(contact(), Settled(Outcome.REJECTED, Note(Reason.INVALID_EMAIL)))
    assert isinstance(found.decide(DATA, person, ()), Operation)


def test_an_owner_who_has_another_id_by_now_is_not_the_person(opened: list[Members]) -> None:
    """Who had the id when the audience was read, and was given another since, is joined with nobody."""
    here = SUBSCRIBED._replace(external_id="")
    found = of_ids(opened, {HASH: here, OTHER: SUBSCRIBED._replace(external_id="7")})
    planned = found.decide(WITH_ID, here, [OTHER])
    assert isinstance(planned, Operation)
    assert planned.subscribers == (HASH,)
