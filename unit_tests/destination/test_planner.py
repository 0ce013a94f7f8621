"""What a record becomes where its person's tags are not shown, or where Mailchimp has refused the person before."""

from collections.abc import Callable, Iterator, Sequence

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
from source_destination_mailchimp.mailchimp.errors import Unavailable
from source_destination_mailchimp.mailchimp.members import Status, member_hash
from unit_tests.destination.planned import EMAIL, NOW, STREAM, contact, known, rules
from unit_tests.destination.pretend_reader import PretendReader, members_of

HASH = member_hash(EMAIL)
LEFT = known(Status.UNSUBSCRIBED)
SUBSCRIBED = known()
MANY_TAGS = SUBSCRIBED._replace(tags=None)
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
