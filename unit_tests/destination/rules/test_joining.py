"""Several members of one person become one: whose opt-out counts, whose tags come along, and who is put away."""

from source_destination_mailchimp.destination.model import Known, Operation, OptIn, Outcome, Reason, Route
from source_destination_mailchimp.destination.rules.joining import Owner, ReservedTags, plan_join, retirement
from source_destination_mailchimp.destination.rules.tags import TagRules
from source_destination_mailchimp.mailchimp.members import Status
from unit_tests.destination.planned import NOW, contact, known, rules

RESERVED = ReservedTags("CRMID", frozenset({"list"}))
PERSON = contact(external_id="1", merge={"CRMID": "1", "FNAME": "Ann"})
HERE = known()._replace(external_id="")


def owner(status: Status, name: str, *tags: str) -> Owner:
    """Return a member of the person at another address."""
    return Owner(name, known(status)._replace(external_id="1", tags=frozenset(tags)))


def joined(*others: Owner, here: Known = HERE, **parts: TagRules) -> Operation:
    """Return the plan for a person who has these members elsewhere."""
    found = plan_join(PERSON, here, others, rules(**parts), RESERVED)
    assert isinstance(found, Operation)
    return found


def test_the_strictest_of_the_old_members_counts() -> None:
    """One who left is enough, whoever else of the person is subscribed still."""
    found = joined(owner(Status.UNSUBSCRIBED, "left"), owner(Status.SUBSCRIBED, "stayed"))
    assert found.status is Status.UNSUBSCRIBED
    assert found.settled.outcome is Outcome.UNSUBSCRIBED
    assert joined(owner(Status.SUBSCRIBED, "stayed")).status is None


def test_a_yes_brings_nobody_back_who_left_at_another_address() -> None:
    """A consent that would resubscribe the new address is held: the opt-out at the old one is the person's too."""
    asking = PERSON._replace(opt_in=OptIn.YES, consent_seconds=NOW)
    here = known(Status.UNSUBSCRIBED)._replace(external_id="")
    policies = rules(resubscribe="with_newer_consent")
    alone = plan_join(asking, here, [owner(Status.SUBSCRIBED, "stayed")], policies, RESERVED)
    assert isinstance(alone, Operation)
    assert (alone.route, alone.status) == (Route.RESUBSCRIBE, Status.SUBSCRIBED)
    found = plan_join(asking, here, [owner(Status.UNSUBSCRIBED, "left")], policies, RESERVED)
    assert isinstance(found, Operation)
    assert found.status is None
    assert (found.settled.outcome, found.settled.reason) == (Outcome.HELD, Reason.OPTED_OUT)


def test_tags_come_before_the_id_where_one_of_the_old_members_stays() -> None:
    """With the id there the join looks done to the next run, which would not bring the tags any more."""
    left = owner(Status.UNSUBSCRIBED, "left", "vip")
    for others in ([left], [left, owner(Status.SUBSCRIBED, "stayed", "gold")]):
        found = joined(*others)
        assert found.comes_first
        assert found.route is Route.NOTHING
        assert set(found.tags_on) == {tag for one in others for tag in one.known.tags or ()}
        assert found.then is not None
        assert not found.then.tags_on
    together = joined(owner(Status.SUBSCRIBED, "stayed", "gold"))
    assert (together.comes_first, together.tags_on) == (False, ("gold",))


def test_tags_that_the_next_sync_would_take_off_do_not_come_along() -> None:
    """What the stream owns and the record does not say stays behind with the old member."""
    owned = TagRules(mode="replace_owned", owned=("crm*",))
    assert joined(owner(Status.SUBSCRIBED, "stayed", "crm old", "mine"), tags=owned).tags_on == ("mine",)
    assert joined(owner(Status.SUBSCRIBED, "stayed", "crm old", "mine")).tags_on == ("crm old", "mine")


def test_an_old_member_that_stays_loses_only_the_tag_of_a_list() -> None:
    """Its opt-out must stay visible; the list's tag has gone over with the person."""
    found = retirement(PERSON, owner(Status.UNSUBSCRIBED, "left", "list", "vip"), RESERVED)
    assert found is not None
    assert (found.route, found.tags_off) == (Route.NOTHING, ("list",))
    assert retirement(PERSON, owner(Status.UNSUBSCRIBED, "left", "vip"), RESERVED) is None
