"""What a record becomes where its person's tags are not shown, or where Mailchimp has refused the person before."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

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
MANY_TAGS = replace(SUBSCRIBED, tags=None)
REFUSED = Settled(Outcome.HELD, Note(Reason.COMPLIANCE))


class ReaderWithoutTags(PretendReader):
    """Shows members, but never their tags beyond the first fifty."""

    def tags(self, subscribers: Sequence[str]) -> dict[str, frozenset[str] | Unavailable]:  # type: ignore[override]
        """Fail over everybody."""
        return dict.fromkeys(subscribers, Unavailable("Mailchimp failed over this contact"))


def planner(reader: PretendReader, **settings: str) -> tuple[Planner, Known | None]:
    """A planner of one stream, and what it is told of the person."""
    members = members_of(reader)
    person = members.look_up([HASH])[HASH]
    return Planner({STREAM: rules(**settings)}, members, first_wins=False), person


def asking() -> Contact:
    """A record with a yes that is younger than the opt-out."""
    return contact(opt_in=OptIn.YES, consent_seconds=NOW)


def test_without_its_tags_a_record_is_rejected() -> None:
    """Nothing is planned on half of what a member carries."""
    found, person = planner(ReaderWithoutTags({HASH: MANY_TAGS}))
    assert found.decide(contact(), person, ()) == Settled(Outcome.REJECTED, Note(Reason.MAILCHIMP_FAILED))


@pytest.mark.parametrize("record", [contact(deleted=True), contact(opt_in=OptIn.NO)], ids=["deletion", "opt-out"])
def test_without_its_tags_an_opt_out_or_a_deletion_comes_again(record: Contact) -> None:
    """Neither is settled by a failure: the run ends, and the record comes with the next one."""
    found, person = planner(ReaderWithoutTags({HASH: MANY_TAGS}))
    with pytest.raises(Unavailable, match="failed over this contact"):
        found.decide(record, person, ())


def test_a_stranger_who_was_refused_is_not_asked_for_again() -> None:
    """The second record of somebody whom Mailchimp does not take ends as the first did."""
    found, person = planner(PretendReader({}))
    found.bar(contact(), REFUSED)
    assert found.decide(contact(), person, ()) == REFUSED


def test_a_member_who_was_refused_keeps_the_data_without_a_return() -> None:
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


def test_a_deletion_of_somebody_refused_ends_as_a_deletion() -> None:
    """That Mailchimp takes nobody back says nothing against a deletion: there is nobody to delete."""
    found, person = planner(PretendReader({}))
    found.bar(contact(), REFUSED)
    ended = found.decide(contact(deleted=True), person, ())
    assert isinstance(ended, Settled)
    assert ended.reason is Reason.ALREADY_GONE


def test_an_owner_who_is_gone_owns_nothing() -> None:
    """An external id whose member has been deleted meanwhile, or carries another one by now, is free."""
    other = member_hash("other@sandbox-people.org")
    members = members_of(PretendReader({HASH: SUBSCRIBED}), external_id_tag="CRMID", tracked=("CRMID",))
    found = Planner({STREAM: rules()}, members, first_wins=False)
    record = contact(external_id="1", merge={"CRMID": "1"})
    planned = found.decide(record, members.look_up([HASH])[HASH], [other, HASH])
    assert isinstance(planned, Operation)
    assert planned.subscriber == HASH
