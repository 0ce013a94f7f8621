"""What a deletion does to a member, for every removal and every status."""

from itertools import product
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_mailchimp.destination.form.parsing import parse
from source_destination_mailchimp.destination.form.settings import MirrorRemoval, Removal
from source_destination_mailchimp.destination.model import Contact, Known, Operation, Outcome, Reason, Route, Settled
from source_destination_mailchimp.destination.rules import consent, removal
from source_destination_mailchimp.destination.rules.deletion import plan_deletion
from source_destination_mailchimp.destination.rules.joining import ReservedTags
from source_destination_mailchimp.destination.rules.plan import StreamRules
from source_destination_mailchimp.destination.rules.removal import Removing
from source_destination_mailchimp.destination.rules.tags import TagRules
from source_destination_mailchimp.mailchimp.errors import Misconfigured
from source_destination_mailchimp.mailchimp.members import Status
from unit_tests.destination.people import STREAM

GONE = Removing(Outcome.SKIPPED, skipped=Reason.ALREADY_GONE)
UNSUBSCRIBED = Removing(Outcome.UNSUBSCRIBED, Route.CHANGE_STATUS, Status.UNSUBSCRIBED)
TABLE: dict[Removal | MirrorRemoval, dict[Status, Removing]] = {
    "keep": dict.fromkeys(Status, Removing(Outcome.SKIPPED, skipped=Reason.REMOVAL_KEPT)),
    "remove_tags": dict.fromkeys(Status, Removing(Outcome.UNTAGGED)),
    "delete_permanently": dict.fromkeys(Status, Removing(Outcome.DELETED, Route.DELETE)),
    "unsubscribe": {
        Status.SUBSCRIBED: UNSUBSCRIBED,
        Status.PENDING: UNSUBSCRIBED,
        Status.TRANSACTIONAL: GONE,
        Status.UNSUBSCRIBED: GONE,
        Status.CLEANED: GONE,
        Status.ARCHIVED: GONE,
        Status.OTHER: GONE,
    },
    "archive": {
        Status.SUBSCRIBED: Removing(Outcome.ARCHIVED, Route.ARCHIVE),
        Status.PENDING: UNSUBSCRIBED,
        Status.TRANSACTIONAL: Removing(Outcome.ARCHIVED, Route.ARCHIVE),
        Status.UNSUBSCRIBED: GONE,
        Status.CLEANED: GONE,
        Status.ARCHIVED: GONE,
        Status.OTHER: GONE,
    },
}
REMOVALS = get_args(Removal)
CASES = list(product(dict.fromkeys((*REMOVALS, *get_args(MirrorRemoval))), Status))
EXTERNAL = "c-1"


def deletion(tags: tuple[str, ...] = (), external_id: str = "") -> Contact:
    """A deleted record."""
    return Contact(STREAM, {}, "ann@sandbox-people.org", "aa", tags=tags, deleted=True, external_id=external_id)


def planned(
    contact: Contact, known: Known | None, setting: Removal, tags: TagRules | None = None
) -> Operation | Settled:
    """What a deletion does."""
    rules = StreamRules(
        STREAM, consent.Rules("subscribed", "never"), lambda: 0.0, removal=setting, tags=tags or TagRules()
    )
    return plan_deletion(contact, known, (), rules, ReservedTags("CRMID"))


def reason(found: Operation | Settled) -> Reason | None:
    """Why nothing is done."""
    assert isinstance(found, Settled)
    assert found.outcome is Outcome.SKIPPED
    return found.note.reason if found.note else None


@pytest.mark.parametrize(("setting", "status"), CASES)
def test_every_removal_for_every_status(setting: Removal | MirrorRemoval, status: Status) -> None:
    """The whole table; nobody unsubscribed or cleaned is ever archived, and nobody pending either."""
    assert removal.decide(setting, status) == TABLE[setting][status]


@pytest.mark.parametrize(
    ("setting", "outcome"),
    [
        ("keep", Outcome.UNSUBSCRIBED),
        ("remove_tags", Outcome.UNSUBSCRIBED),
        ("unsubscribe", Outcome.UNSUBSCRIBED),
        ("archive", Outcome.UNSUBSCRIBED),
        ("delete_permanently", Outcome.DELETED),
    ],
)
def test_the_stricter_of_a_removal_and_an_opt_out_applies(setting: Removal, outcome: Outcome) -> None:
    """An opt-out stays visible: the archive would hide it."""
    assert removal.with_opt_out(removal.decide(setting, Status.SUBSCRIBED)).outcome is outcome


@given(st.sampled_from(REMOVALS), st.sampled_from(Status))
def test_no_removal_makes_anybody_mailable(setting: Removal, status: Status) -> None:
    """The only status a removal writes is unsubscribed."""
    assert removal.decide(setting, status).status in (None, Status.UNSUBSCRIBED)


@pytest.mark.parametrize("setting", REMOVALS)
def test_a_deletion_of_nobody_does_nothing(setting: Removal) -> None:
    """Who is not in the audience is gone already."""
    assert reason(planned(deletion(), None, setting)) is Reason.ALREADY_GONE


@pytest.mark.parametrize("setting", REMOVALS)
def test_a_deletion_of_an_address_that_went_over_to_another_removes_nobody(setting: Removal) -> None:
    """The member at the address has another external id, so another record's person would go."""
    known = Known(Status.SUBSCRIBED, "ann@sandbox-people.org", external_id="c-2")
    found = planned(deletion(external_id=EXTERNAL), known, setting)
    assert reason(found) is Reason.BELONGS_TO_ANOTHER_RECORD


def test_remove_tags_takes_off_what_came_from_the_stream() -> None:
    """The stream's tags, the record's tags and the owned ones go; the marketer's stay."""
    known = Known(Status.SUBSCRIBED, "a@b.org", tags=frozenset({"crm", "gold", "own-1", "vip"}))
    rules = TagRules(("CRM",), "replace_owned", ("own-*",))
    found = planned(deletion(("Gold",)), known, "remove_tags", rules)
    assert isinstance(found, Operation)
    assert found.tags_off == ("crm", "gold", "own-1")
    assert found.route is Route.NOTHING
    assert found.settled == Settled(Outcome.UNTAGGED, is_removal=True)


def test_remove_tags_leaves_the_mirror_tag_of_another_stream() -> None:
    """A tag that stands for another list is not this stream's, whatever its patterns cover."""
    known = Known(Status.SUBSCRIBED, "a@b.org", tags=frozenset({"list-b", "list-x"}))
    rules = TagRules((), "replace_owned", ("list-*",), frozenset({"list-b"}))
    found = planned(deletion(), known, "remove_tags", rules)
    assert isinstance(found, Operation)
    assert found.tags_off == ("list-x",)


def test_remove_tags_of_somebody_without_any_is_done_already() -> None:
    """Nothing of the stream is left to take off."""
    known = Known(Status.SUBSCRIBED, "a@b.org", tags=frozenset({"vip"}))
    assert reason(planned(deletion(), known, "remove_tags", TagRules(("crm",)))) is Reason.ALREADY_GONE


@pytest.mark.parametrize("words", [None, "", "yes", "Delete Permanently", "delete  permanently", "delete permanently!"])
def test_permanent_deletion_wants_its_words(words: str | None) -> None:
    """Only the exact words will do, and the message names the setting."""
    form = {
        "credentials": {"auth_type": "apikey", "apikey": "x-us1"},
        "audience": "News",
        "new_member_status": "subscribed",
        "removal": "delete_permanently",
    }
    with pytest.raises(Misconfigured, match="confirm_permanent_deletion"):
        parse(form if words is None else {**form, "confirm_permanent_deletion": words})
