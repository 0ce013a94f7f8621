"""Work becomes calls, and answers become one answer per member: over a scripted wire, on a pretended clock."""

import io
import tarfile
from collections.abc import Sequence

import orjson
import pytest

from source_destination_mailchimp.destination.model import Known, Operation, Outcome, Route, Settled
from source_destination_mailchimp.destination.work import Batch, CheckTags, MemberTags, RowAnswer, TagAnswer, TagBatch
from source_destination_mailchimp.destination.work import MemberTagsAnswer as TagsOfMembers
from source_destination_mailchimp.destination.writing.batches import SINGLE_CALLS
from source_destination_mailchimp.destination.writing.sender import Sender
from source_destination_mailchimp.destination.writing.tag_ids import TagIds
from source_destination_mailchimp.mailchimp.answers import Weather
from source_destination_mailchimp.mailchimp.errors import MemberRefusal, Misconfigured
from source_destination_mailchimp.mailchimp.members import Json, Status, Tag
from source_destination_mailchimp.mailchimp.transport import Reply
from unit_tests.destination.planned import contact
from unit_tests.mailchimp.pretend import ScriptedTransport, problem, reply, scripted

CHANGED = "2025-01-01T00:00:00+00:00"
UNSUBSCRIBED = reply(200, {"status": "unsubscribed", "last_changed": CHANGED})
MEMBER = {"id": "h", "email_address": "p0@shop.com", "status": "pending"}
NOT_FOUND = {"status": 404, "title": "Resource Not Found", "detail": "Gone."}
STARTED = reply(200, {"id": "b1", "status": "finished", "response_body_url": "https://elsewhere.example.com/b1"})


def operation(number: int, route: Route) -> Operation:
    """A write for somebody who has left."""
    email = f"p{number}@shop.com"
    known = Known(Status.UNSUBSCRIBED, email, last_changed=CHANGED)
    return Operation(contact(email), route, Settled(Outcome.UPDATED), Status.PENDING, known=known)


def batch(route: Route, size: int) -> Batch:
    """So many writes of one route."""
    return Batch(route, tuple(operation(number, route) for number in range(size)))


def sender(*script: Reply | Weather, there: Sequence[Tag] = ()) -> tuple[Sender, ScriptedTransport]:
    """A sender whose calls are answered by a script."""
    client, wire = scripted(*script)
    return Sender(client, "aud1", TagIds(client, "aud1", there), skip_merge_validation=True), wire


def results(*rows: tuple[str, int, Json | None]) -> Reply:
    """A result archive of a job."""
    found = [
        {
            "operation_id": call_id,
            "status_code": status,
            "response": "" if body is None else orjson.dumps(body).decode(),
        }
        for call_id, status, body in rows
    ]
    raw, content = orjson.dumps(found), io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as files:
        info = tarfile.TarInfo("results.json")
        info.size = len(raw)
        files.addfile(info, io.BytesIO(raw))
    return Reply(200, content.getvalue())


def rows_of(one: Sender, work: Batch) -> list[RowAnswer]:
    """The answers to a batch of members."""
    answered = one.send(work)
    assert isinstance(answered, list)
    return answered


def sent(wire: ScriptedTransport) -> list[str]:
    """Method and last part of the path of every request."""
    return [f"{asked.method} {asked.url.rpartition('/')[2][:7]}" for asked in wire.asked]


@pytest.mark.parametrize("size", [1, 2, 5, 8])
def test_who_spoils_a_call_is_found_by_halving(size: int) -> None:
    """A call that is refused whole is halved until everybody stands alone, with Mailchimp's words for each."""
    one, wire = sender(problem(400, "Invalid Resource", "Bad."))
    answers = rows_of(one, batch(Route.ADD, size))
    assert [answer.sentence for answer in answers] == ["Bad."] * size
    assert len(wire.asked) == 2 * size - 1


def test_updates_that_are_refused_whole_go_one_by_one_later() -> None:
    """They are not halved: the single call says what is wrong with whom."""
    one, wire = sender(problem(400, "Invalid Resource", "Bad."))
    answers = rows_of(one, batch(Route.UPDATE, 4))
    assert [(answer.refusal, answer.sentence) for answer in answers] == [(MemberRefusal.OTHER, "Bad.")] * 4
    assert len(wire.asked) == 1


@pytest.mark.parametrize(
    ("refused", "words"),
    [
        (problem(403, "Forbidden", "User ann@shop.com may not."), "does not allow the user"),
        (problem(404, "Resource Not Found", "Gone."), "audience no longer exists"),
    ],
)
def test_what_everybody_would_be_refused_stops_the_run(refused: Reply, words: str) -> None:
    """A right that is missing, an audience that is gone; no address is in the error."""
    one, _ = sender(refused)
    with pytest.raises(Misconfigured, match=words) as caught:
        one.send(batch(Route.ADD, 2))
    assert "ann@" not in str(caught.value)


def test_a_member_who_is_gone_stops_nobody() -> None:
    """A 404 of one member's call is about the member, a 403 is not."""
    one, _ = sender(problem(404, "Resource Not Found", "Gone."))
    assert rows_of(one, batch(Route.PATCH, 1))[0].refusal is MemberRefusal.GONE
    one, _ = sender(problem(403, "Forbidden", "No."))
    with pytest.raises(Misconfigured):
        one.send(batch(Route.PATCH, 1))


def test_many_single_calls_are_one_job() -> None:
    """Each gets the result of its own call, and what the job leaves open is asked singly, 408 and 425 too."""
    work = batch(Route.PATCH, SINGLE_CALLS + 1)
    found: list[tuple[str, int, Json | None]] = [
        (o.subscriber, 200, MEMBER | {"n": n}) for n, o in enumerate(work.operations)
    ]
    for number, status in enumerate((429, 500, 408, 425, 403)):
        found[number] = (found[number][0], status, None)
    found[6] = (found[6][0], 404, NOT_FOUND)
    one, wire = sender(STARTED, results(*found[:-1]), reply(200, MEMBER | {"n": "singly"}))
    answered = {answer.operation.subscriber: answer for answer in rows_of(one, work)}
    answers = [answered[one.subscriber] for one in work.operations]
    members = [dict(answer.member or {}).get("n") for answer in answers]
    assert members == [*["singly"] * 5, 5, None, *range(7, SINGLE_CALLS), "singly"]
    assert answers[6].refusal is MemberRefusal.GONE
    assert len(wire.asked) == 2 + 5 + 1


def test_who_is_brought_back_is_looked_at_first() -> None:
    """A look, then the write; never through a job."""
    one, wire = sender(UNSUBSCRIBED, reply(200, MEMBER))
    [answer] = rows_of(one, batch(Route.RESUBSCRIBE, 1))
    assert answer.member == MEMBER
    assert [asked.method for asked in wire.asked] == ["GET", "PUT"]


def test_who_moved_is_not_written() -> None:
    """Nothing is sent to somebody who changed after they were read."""
    one, wire = sender(reply(200, {"status": "unsubscribed", "last_changed": "2025-02-02T00:00:00+00:00"}))
    [answer] = rows_of(one, batch(Route.RESUBSCRIBE, 1))
    assert (answer.refusal, [asked.method for asked in wire.asked]) == (MemberRefusal.MOVED, ["GET"])


def test_a_write_whose_answer_was_lost_is_found_done() -> None:
    """The look before the second try sees what the first one did: nobody is written twice."""
    pending = reply(200, {"status": "pending", "last_changed": "2025-02-02T00:00:00+00:00"})
    one, wire = sender(UNSUBSCRIBED, Weather("ReadTimeout"), pending)
    [answer] = rows_of(one, batch(Route.RESUBSCRIBE, 1))
    assert (answer.member or {})["status"] == "pending"
    assert (answer.tries, [asked.method for asked in wire.asked]) == (2, ["GET", "PUT", "GET"])


CHANGED_NOBODY: Json = {"members_added": [], "members_removed": [], "errors": []}
ON = TagBatch("VIP", {"a": "a@shop.com", "b": "b@shop.com"}, {})
OFF = TagBatch("VIP", {}, {"a": "a@shop.com"})
VIP = Tag(7, "vip")
GONE = problem(404, "Resource Not Found", "Gone.")
THERE = reply(200, {"id": "aud1"})
MADE = reply(200, {"id": 7, "name": "VIP", "member_count": 2})


def test_a_tag_that_is_made_has_everybody() -> None:
    """One call, where Mailchimp counts as many as were named."""
    one, wire = sender(MADE)
    assert one.send(ON) == TagAnswer(ON, {}, is_made=True)
    assert len(wire.asked) == 1


def test_a_tag_that_was_made_without_somebody_is_asked_for_again() -> None:
    """The second call says who was left out."""
    one, _ = sender(
        reply(200, {"id": 7, "name": "VIP", "member_count": 1}),
        reply(200, CHANGED_NOBODY | {"errors": [{"error": "emails already exist", "email_addresses": ["a@shop.com"]}]}),
    )
    answered = one.send(ON)
    assert isinstance(answered, TagAnswer)
    assert (set(answered.refused), answered.is_made) == ({"b"}, True)


def test_a_tag_that_nobody_has_is_taken_off_nobody() -> None:
    """It is looked for once, and no call is made for it."""
    one, wire = sender(reply(200, {"tags": []}))
    assert one.send(OFF) == TagAnswer(OFF, {})
    assert [asked.method for asked in wire.asked] == ["GET"]


def test_a_tag_is_taken_off_its_doubles_too() -> None:
    """People carry a name by either; that a double refuses is nobody's trouble."""
    removed = reply(200, CHANGED_NOBODY | {"members_removed": [{"email_address": "a@shop.com"}]})
    one, wire = sender(problem(400, "Bad Request"), removed, there=[VIP, Tag(9, "VIP")])
    assert one.send(OFF) == TagAnswer(OFF, {})
    assert sent(wire) == ["POST 9", "POST 7"]


def test_a_tag_that_was_deleted_meanwhile_is_refused_and_forgotten() -> None:
    """The next change looks for it again."""
    one, wire = sender(GONE, THERE, reply(200, {"tags": []}), there=[VIP])
    assert one.send(OFF) == TagAnswer(OFF, {"a": "Gone."})
    assert one.send(OFF) == TagAnswer(OFF, {})
    assert sent(wire) == ["POST 7", "GET aud1", "GET tag-sea"]


@pytest.mark.parametrize("work", [ON, OFF, MemberTags({"a": {"VIP": True}})], ids=["on", "off", "own"])
@pytest.mark.parametrize(
    ("refused", "words"),
    [
        ((GONE, GONE), "audience no longer exists"),
        ((problem(403, "Forbidden", "No."),), "whose role can manage"),
        ((GONE, problem(403, "User Disabled", "This account has been deactivated.")), "Reactivate the account"),
    ],
)
def test_a_tag_call_that_is_refused_for_everybody_stops_the_run(
    work: TagBatch | MemberTags, refused: tuple[Reply, ...], words: str
) -> None:
    """A right that is missing or an audience that is gone is no refusal of the tag."""
    one, _ = sender(*refused, there=[VIP])
    with pytest.raises(Misconfigured, match=words):
        one.send(work)


@pytest.mark.parametrize(("refused", "words"), [(403, "whose role can manage"), (404, "audience no longer exists")])
def test_a_tag_that_may_not_be_made_stops_the_run(refused: int, words: str) -> None:
    """Making a tag names nothing but the audience."""
    one, _ = sender(problem(refused, "Refused", "No."))
    with pytest.raises(Misconfigured, match=words):
        one.send(ON)


def test_tags_of_single_members_say_who_was_refused() -> None:
    """Tags are spelled as Mailchimp has them."""
    one, wire = sender(reply(204), GONE, THERE, there=[VIP])
    changes = {"a": {"VIP": True}, "b": {"VIP": False}}
    assert one.send(MemberTags(changes)) == TagsOfMembers(changes, {"b": "Gone."})
    assert orjson.loads(wire.asked[0].data or b"")["tags"] == [{"name": "vip", "status": "active"}]


def test_tags_of_many_members_are_one_job() -> None:
    """What the job leaves open is asked singly."""
    changes = {f"m{number}": {"VIP": True} for number in range(SINGLE_CALLS + 1)}
    rows: list[tuple[str, int, Json | None]] = [(key, 204, None) for key in changes]
    rows[0] = ("m0", 425, None)
    rows[1] = ("m1", 404, NOT_FOUND)
    one, wire = sender(STARTED, results(*rows), THERE, reply(204))
    assert one.send(MemberTags(changes)) == TagsOfMembers(changes, {"m1": "Gone."})
    assert len(wire.asked) == 4


def test_of_two_tags_of_one_name_the_older_stays() -> None:
    """Its people get the older one, subscribed ones in bulk, and ours is deleted; a lost answer to that is no error."""
    members = [
        {"id": "h1", "email_address": "a@shop.com", "status": "subscribed"},
        {"id": "h2", "email_address": "b@shop.com", "status": "unsubscribed"},
    ]
    one, wire = sender(
        MADE,
        reply(200, {"tags": [{"id": 7, "name": "VIP"}, {"id": 3, "name": "Vip"}]}),
        reply(200, {"members": members, "total_items": 1}),
        reply(200, {"members": [], "total_items": 1}),
        reply(200, CHANGED_NOBODY),
        problem(404, "Resource Not Found"),
        reply(204),
    )
    one.send(ON)
    one.send(CheckTags(("VIP",)))
    reads = ["GET tag-sea", "GET members", "GET members"]
    assert sent(wire) == ["POST segment", *reads, "POST 3", "DELETE 7", "POST tags"]
    assert orjson.loads(wire.asked[-1].data or b"")["tags"] == [{"name": "Vip", "status": "active"}]


def test_an_own_tag_that_is_the_oldest_stays() -> None:
    """Whoever made theirs later gives way."""
    one, wire = sender(MADE, reply(200, {"tags": [{"id": 7, "name": "VIP"}, {"id": 12, "name": "VIP"}]}))
    one.send(ON)
    one.send(CheckTags(("VIP", "never heard of")))
    assert sent(wire) == ["POST segment", "GET tag-sea"]


@pytest.mark.parametrize(
    ("script", "tries"),
    [
        ((reply(200, {"status": "cleaned", "last_changed": CHANGED}),), 1),
        ((UNSUBSCRIBED, reply(503, None), reply(200, {"status": "cleaned", "last_changed": CHANGED})), 2),
    ],
)
def test_a_member_who_moved_says_whether_a_try_had_left(script: tuple[Reply, ...], tries: int) -> None:
    """Before the first try nothing was sent; before the second the first may have been taken."""
    one, _ = sender(*script)
    [row] = rows_of(one, batch(Route.RESUBSCRIBE, 1))
    assert (row.refusal, row.tries) == (MemberRefusal.MOVED, tries)
