"""When a server error may be about one contact: others pass before and after, few enough, and nobody's opt-out."""

import pytest

from source_destination_mailchimp.destination.model import Known, Operation, Outcome, Route, Settled
from source_destination_mailchimp.destination.work import Batch, MemberTags, RowAnswer, TagBatch
from source_destination_mailchimp.destination.writing.batches import SINGLE_CALLS
from source_destination_mailchimp.destination.writing.failing_contacts import (
    MOST_FAILING,
    CallKind,
    FailingContacts,
    PassedCalls,
    is_settled_by_failing,
    kind_of,
)
from source_destination_mailchimp.destination.writing.member_writer import MemberWriter
from source_destination_mailchimp.destination.writing.tag_ids import TagIds
from source_destination_mailchimp.destination.writing.tag_writer import TagWriter
from source_destination_mailchimp.mailchimp.auth import Access
from source_destination_mailchimp.mailchimp.calls import Call
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.errors import MemberRefusal, Unavailable
from source_destination_mailchimp.mailchimp.members import Json, Status, Tag, member_hash
from source_destination_mailchimp.mailchimp.transport import Reply, Request
from source_destination_mailchimp.mailchimp.waiting import Patience
from unit_tests.destination.planned import contact
from unit_tests.destination.writing.test_sender import results
from unit_tests.mailchimp.pretend import ROOT, PretendClock, reply, scripted

BROKEN = "broken@shop.com"
FAILURE = Unavailable("HTTP 500", 500)


def member(email: str, status: str = "unsubscribed") -> Json:
    """A member as Mailchimp answers it."""
    return {"id": member_hash(email), "email_address": email, "status": status, "last_changed": ""}


class BrokenOver:
    """A wire on which every call fails that holds a broken contact; any other is taken."""

    def __init__(self, *broken: str, fails_after: int | None = None) -> None:
        self.names = [*broken, *(member_hash(email) for email in broken)]
        self.asked: list[str] = []
        self._fails_after = fails_after

    def send(self, request: Request, timeout_seconds: tuple[float, float]) -> Reply:
        """Answer one request."""
        held = f"{request.url} {(request.data or b'').decode()}"
        self.asked.append(request.method)
        is_down = self._fails_after is not None and self.asked.count(request.method) > self._fails_after
        if is_down or any(name in held for name in self.names):
            return reply(500, {"title": "Internal Server Error", "status": 500})
        if request.url.endswith("/tags"):
            return reply(204)
        return reply(200, {**member("ann@shop.com"), "members_added": [], "members_removed": [], "errors": []})

    def close(self) -> None:
        """Nothing is open."""


def client_on(wire: BrokenOver) -> Client:
    """A client on this wire that tries each call twice."""
    return Client(
        Access(ROOT, "Bearer secret"),
        max_connections=2,
        patience=Patience(tries=2),
        clock=PretendClock(),
        transport=wire,
    )


def writer(wire: BrokenOver) -> MemberWriter:
    """Who writes members on this wire."""
    return MemberWriter(client_on(wire), "aud1", skip_merge_validation=True)


def tag_writer(wire: BrokenOver) -> TagWriter:
    """Who changes tags on this wire; there is one tag."""
    client = client_on(wire)
    return TagWriter(client, "aud1", TagIds(client, "aud1", [Tag(7, "vip")]))


def patch(email: str, status: Status | None = None) -> Operation:
    """A write for somebody who has left."""
    known = Known(Status.UNSUBSCRIBED, email)
    changes = {"merge_fields": {"FNAME": "New"}}
    return Operation(contact(email), Route.PATCH, Settled(Outcome.UPDATED), status, changes, known)


def failed(rows: list[RowAnswer]) -> list[str]:
    """The addresses of those over whom Mailchimp fails."""
    return [row.operation.contact.email for row in rows if row.refusal is MemberRefusal.FAILED]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_who_fails_among_others_is_told_apart(place: int) -> None:
    """First, in the middle or last: others pass before and after, tried once more where that has to be."""
    emails = ["ann@shop.com", "bob@shop.com"]
    emails.insert(place, BROKEN)
    rows = writer(BrokenOver(BROKEN)).write(Batch(Route.PATCH, tuple(patch(email) for email in emails)))
    assert failed(rows) == [BROKEN]
    assert len(rows) == 3


def test_nobody_is_told_apart_alone() -> None:
    """Where no other contact goes through, the failure is Mailchimp's."""
    with pytest.raises(Unavailable):
        writer(BrokenOver(BROKEN)).write(Batch(Route.PATCH, (patch(BROKEN),)))


def test_others_before_are_not_enough() -> None:
    """Mailchimp may have begun to fail with this contact: somebody has to pass after it."""
    one = writer(BrokenOver(BROKEN, fails_after=1))
    with pytest.raises(Unavailable):
        one.write(Batch(Route.PATCH, (patch("ann@shop.com"), patch(BROKEN))))


def test_others_by_another_call_are_not_enough() -> None:
    """That reads pass, or calls of another kind, says nothing of this one."""
    one = writer(BrokenOver(BROKEN))
    one.passed.note(CallKind.ADD)
    with pytest.raises(Unavailable):
        one.write(Batch(Route.PATCH, (patch(BROKEN),)))


def test_a_status_that_is_taken_back_is_never_given_up() -> None:
    """A PATCH with a status takes back what the record was not to give."""
    one = writer(BrokenOver(BROKEN))
    people = (patch("ann@shop.com"), patch(BROKEN, Status.UNSUBSCRIBED), patch("bob@shop.com"))
    with pytest.raises(Unavailable):
        one.write(Batch(Route.PATCH, people))


def test_a_failure_of_the_connection_is_about_nobody() -> None:
    """Only an answer of Mailchimp's own failure may be about what the call holds."""
    passed = PassedCalls()
    with pytest.raises(Unavailable):
        passed.failure(CallKind.ADD, Unavailable("ReadTimeout"), 1)
    assert passed.failure(CallKind.ADD, FAILURE, 1).passed_until == 0


@pytest.mark.parametrize(("status", "may_be"), [(None, False), (429, False), (413, True), (414, True), (500, True)])
def test_what_may_be_about_the_call(status: int | None, may_be: bool) -> None:
    """A 5xx, and that there is too much of it; a wait that was asked for is not."""
    assert Unavailable("", status).may_be_about_the_call is may_be


def test_others_after_are_not_enough() -> None:
    """Mailchimp may have come back after this contact: somebody has to pass before it."""
    passed = PassedCalls()
    failure = passed.failure(CallKind.ADD, FAILURE, 0)
    passed.note(CallKind.ADD)
    with pytest.raises(Unavailable):
        passed.check_others_pass(scripted(reply(204))[0], failure)


PEOPLE = ("ann@shop.com", BROKEN, "bob@shop.com")


def test_a_tag_that_goes_on_may_be_given_up_for_one() -> None:
    """The others have it; whoever it fails for is told with the failure."""
    on = {member_hash(email): email for email in PEOPLE}
    answer = tag_writer(BrokenOver(BROKEN)).change(TagBatch("vip", on, {}))
    assert "HTTP 500" in answer.refused[member_hash(BROKEN)]
    own = {subscriber: {"vip": True} for subscriber in on}
    told = tag_writer(BrokenOver(BROKEN)).change_members(MemberTags(own))
    assert set(told.refused) == {member_hash(BROKEN)}


def test_a_tag_that_comes_off_is_never_given_up() -> None:
    """It may be how somebody is removed."""
    off = {member_hash(email): email for email in PEOPLE}
    with pytest.raises(Unavailable):
        tag_writer(BrokenOver(BROKEN)).change(TagBatch("vip", {}, off))
    own = {subscriber: {"vip": False} for subscriber in off}
    with pytest.raises(Unavailable):
        tag_writer(BrokenOver(BROKEN)).change_members(MemberTags(own))


def test_a_tag_that_fails_for_everybody_ends_the_run() -> None:
    """Nobody is told apart where nobody passes."""
    on = {member_hash(email): email for email in PEOPLE}
    with pytest.raises(Unavailable):
        tag_writer(BrokenOver("@shop.com")).change(TagBatch("vip", on, {}))


def test_a_run_gives_up_few() -> None:
    """Each counts once, in all audiences together."""
    failing = FailingContacts()
    for number in range(MOST_FAILING):
        assert failing.give_up(f"audience {number % 2}", f"contact {number}")
    assert failing.give_up("audience 0", "contact 0")
    assert not failing.give_up("audience 0", "one more")
    assert not failing.is_given_up("audience 0", "one more")
    assert failing.is_given_up("audience 0", "contact 0")


@pytest.mark.parametrize("route", [one for one in Route if one is not Route.NOTHING])
def test_every_call_has_a_kind(route: Route) -> None:
    """Renames and changes of one member are one kind; no other two routes that write different things are."""
    alike = [other for other in Route if other is not Route.NOTHING and kind_of(other) is kind_of(route)]
    assert set(alike) in ({route}, {Route.PATCH, Route.RENAME}, {Route.ARCHIVE, Route.DELETE})


def test_without_a_member_call_there_is_no_kind() -> None:
    """Nothing is sent for it."""
    with pytest.raises(ValueError, match="no kind of call"):
        kind_of(Route.NOTHING)


@pytest.mark.parametrize(
    ("route", "status", "known", "settles"),
    [
        (Route.ADD, Status.UNSUBSCRIBED, None, True),
        (Route.UPDATE, None, Status.SUBSCRIBED, True),
        (Route.PATCH, None, Status.CLEANED, True),
        (Route.RENAME, None, Status.SUBSCRIBED, True),
        (Route.RESUBSCRIBE, Status.SUBSCRIBED, Status.UNSUBSCRIBED, True),
        (Route.CHANGE_STATUS, Status.UNSUBSCRIBED, Status.SUBSCRIBED, False),
        (Route.ARCHIVE, None, Status.SUBSCRIBED, False),
        (Route.DELETE, None, Status.SUBSCRIBED, False),
        (Route.PATCH, Status.UNSUBSCRIBED, None, False),
        (Route.PATCH, Status.PENDING, None, False),
    ],
)
def test_what_a_server_error_may_settle(
    route: Route, status: Status | None, known: Status | None, settles: bool
) -> None:
    """A contact that is not added or not changed; never an opt-out or a removal."""
    before = Known(known, BROKEN) if known else None
    operation = Operation(contact(BROKEN), route, Settled(Outcome.UPDATED), status, {}, before)
    assert is_settled_by_failing(operation) is settles


def test_no_deletion_is_settled_by_a_server_error() -> None:
    """Not even one that takes nobody away, but only the external id off."""
    before = Known(Status.SUBSCRIBED, BROKEN)
    deleted = contact(BROKEN)._replace(deleted=True)
    assert not is_settled_by_failing(Operation(deleted, Route.PATCH, Settled(Outcome.UPDATED), None, {}, before))


def test_a_row_of_a_job_that_fails_is_asked_singly_and_told_apart() -> None:
    """The rest of the job is taken as it was answered."""
    people = tuple(patch(f"p{number}@shop.com") for number in range(SINGLE_CALLS + 1))
    rows: list[tuple[str, int, Json | None]] = [(one.subscriber, 200, member(one.contact.email)) for one in people]
    rows[7] = (people[7].subscriber, 500, None)
    started = reply(200, {"id": "b1", "status": "finished", "response_body_url": "https://elsewhere.example.com/b1"})
    error = reply(500, {"title": "Internal Server Error", "status": 500})
    client, _ = scripted(
        started, results(*rows), error, error, reply(200, member("p9@shop.com")), patience=Patience(tries=2)
    )
    answers = MemberWriter(client, "aud1", skip_merge_validation=True).write(Batch(Route.PATCH, people))
    assert failed(answers) == ["p7@shop.com"]
    assert len(answers) == len(people)


def test_somebody_who_passed_is_tried_once_more_where_nobody_has_since() -> None:
    """A call that changes nothing any more shows whether Mailchimp takes such calls at this moment."""
    passed = PassedCalls()
    passed.note(CallKind.TAG, Call("POST", "/again"))
    failure = passed.failure(CallKind.TAG, FAILURE, passed.times(CallKind.TAG))
    client, wire = scripted(reply(200, {"id": 1}))
    passed.check_others_pass(client, failure)
    assert [asked.url for asked in wire.asked] == [f"{ROOT}/again"]
    passed.check_others_pass(client, failure)
    assert len(wire.asked) == 1
