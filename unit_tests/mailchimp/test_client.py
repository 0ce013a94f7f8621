"""Calls are tried until Mailchimp has answered; nobody waits for it here."""

import re
from dataclasses import replace

import pytest

from source_destination_mailchimp.mailchimp import api
from source_destination_mailchimp.mailchimp.answers import Knowledge, Refusal, RefusalKind, Weather
from source_destination_mailchimp.mailchimp.calls import Call, archive_member, patch_member
from source_destination_mailchimp.mailchimp.errors import Misconfigured, Refused, Unavailable
from source_destination_mailchimp.mailchimp.members import Json
from source_destination_mailchimp.mailchimp.transport import Reply
from source_destination_mailchimp.mailchimp.waiting import Patience
from unit_tests.mailchimp.pretend import ROOT, PretendClock, problem, reply, scripted

PING = Call("GET", "/ping")
PONG = reply(200, {"health_status": "Everything's Chimpy!"})
PATCH = patch_member("x", "y", {"vip": True}, skip_merge_validation=False)
HTML = b"<html>"


def test_an_answer_is_knowledge() -> None:
    """Status, body and Mailchimp's clock come home, and the request went where the call says."""
    client, wire = scripted(Reply(200, b'{"a": 1}', PretendClock().time, 0.25))
    answer = client.ask(Call("PATCH", "/lists/x", {"skip": "true"}, {"b": 2}))
    assert answer == Knowledge(200, {"a": 1}, 1, PretendClock().time, 0.25)
    [asked] = wire.asked
    assert (asked.method, asked.url, asked.params) == ("PATCH", f"{ROOT}/lists/x", {"skip": "true"})
    assert (asked.data, asked.authorization) == (b'{"b":2}', "Bearer secret")


@pytest.mark.parametrize(
    "trouble",
    [
        problem(429, "Too Many Requests"),
        reply(403),
        reply(403, HTML),
        reply(408),
        reply(425),
        problem(500, "Internal Server Error"),
        reply(502, HTML),
        reply(200, b'{"cut'),
        reply(200),
        reply(200, {}),
        reply(200, []),
        reply(200, HTML),
        reply(204),
        reply(301),
        reply(302, HTML),
        reply(307),
        reply(400, HTML),
        reply(401, HTML),
        reply(401, {"error": "unauthorized"}),
        reply(404, HTML),
        reply(404),
        reply(404, {"message": "no Route matched with those values"}),
        reply(405),
        reply(409, []),
        reply(421),
        reply(422, {"title": "Unprocessable", "status": 400}),
        reply(431, HTML),
        reply(451, HTML),
        Weather("ConnectionError"),
    ],
)
def test_weather_is_waited_out(trouble: Reply | Weather) -> None:
    """Trouble three times, then an answer: three waits that get longer, and the answer tells of four tries."""
    clock = PretendClock(jitter=1.0)
    client, wire = scripted(trouble, trouble, trouble, PONG, clock=clock)
    answer = client.ask(PING)
    assert (answer.tries, len(wire.asked)) == (4, 4)
    assert clock.waits == [0.5, 1.0, 2.0]


def test_patience_ends() -> None:
    """After the last try nothing is waited for; the error says what was asked and why it failed."""
    clock = PretendClock()
    client, wire = scripted(reply(503), patience=Patience(tries=3), clock=clock)
    with pytest.raises(Unavailable, match=r"GET /3\.0/ping after 3 tries: HTTP 503"):
        client.ask(PING)
    assert (len(wire.asked), len(clock.waits)) == (3, 2)


def test_an_error_names_no_person() -> None:
    """Hashes and addresses in a path are shown by their place only."""
    client, _ = scripted(reply(503), patience=Patience(tries=1))
    with pytest.raises(Unavailable, match=r"GET /3\.0/lists/x/members/… after"):
        client.ask(Call("GET", f"/lists/x/members/{'a' * 32}"))
    with pytest.raises(Unavailable, match=r"GET /3\.0/members/… after"):
        client.ask(Call("GET", "/members/ann@shop.com"))


def test_a_refusal_is_asked_once() -> None:
    """Mailchimp's no is a value to whoever asks, and an error to whoever sends."""
    client, wire = scripted(problem(404, "Resource Not Found", "Gone."))
    answer = client.ask(PING)
    assert isinstance(answer, Refusal)
    assert (answer.kind, answer.detail, len(wire.asked)) == (RefusalKind.NOT_FOUND, "Gone.", 1)
    with pytest.raises(Refused, match=r"404 Resource Not Found: Gone\."):
        client.send(PING)


def test_a_refusal_tells_how_often_was_tried() -> None:
    """An earlier try may have taken effect, so that "not found" can mean "done"."""
    client, _ = scripted(Weather("ReadTimeout"), problem(404, "Resource Not Found"))
    answer = client.ask(Call("DELETE", "/lists/x/members/y"))
    assert answer.tries == 2


def test_an_unknown_key_ends_the_run() -> None:
    """401 is about the credentials, whichever call met it; a refused address is masked in the error's text."""
    client, _ = scripted(problem(401, "API Key Invalid", "Your API key may be invalid."))
    with pytest.raises(Misconfigured, match="credentials: Your API key may be invalid"):
        client.ask(PING)


def test_an_error_masks_addresses() -> None:
    """The text of a refusal is safe to log; its words are there for who may see them."""
    client, _ = scripted(problem(400, "Invalid Resource", "ann@shop.com looks fake"))
    with pytest.raises(Refused) as caught:
        client.send(PING)
    assert "ann@" not in str(caught.value)
    assert caught.value.sentence() == "ann@shop.com looks fake"


def test_what_happens_before_a_retry_may_end_it() -> None:
    """The hook is called after the wait and before each further try, never before the first."""
    client, wire = scripted(reply(500))
    seen: list[int] = []

    def look() -> None:
        seen.append(len(wire.asked))
        if len(seen) == 2:
            raise KeyError

    with pytest.raises(KeyError):
        client.ask(PING, before_retry=look)
    assert seen == [1, 2]


def test_a_closed_client_waits_for_nothing() -> None:
    """A run that ends does not wait a minute for a try that nobody wants."""
    clock = PretendClock()
    client, wire = scripted(reply(500), clock=clock)
    client.close()
    with pytest.raises(Unavailable, match="stopped while it waited"):
        client.ask(PING)
    assert (len(wire.asked), clock.is_awake, wire.is_closed) == (1, True, True)


def test_another_address_never_sees_the_key() -> None:
    """Batch results lie elsewhere and come as bytes; our header is sent only where our calls go."""
    client, wire = scripted(reply(200, b"\x1f\x8b"))
    assert client.fetch("https://elsewhere.example.com/results") == b"\x1f\x8b"
    assert [asked.authorization for asked in wire.asked] == [None]


def test_a_204_without_mailchimps_headers_is_asked_again() -> None:
    """Where a call promises 204, one that a gateway sent archives nobody: the try that Mailchimp answers counts."""
    foreign = replace(reply(204), is_signed=False)
    client, wire = scripted(foreign, reply(204))
    assert client.ask(archive_member("a", "0" * 32)).tries == 2
    client, wire = scripted(foreign, patience=Patience(tries=3))
    with pytest.raises(Unavailable, match=r"DELETE .* after 3 tries: HTTP 204"):
        client.ask(archive_member("a", "0" * 32))
    assert len(wire.asked) == 3


def test_a_204_is_no_success_of_a_change() -> None:
    """Something on the way that answers every write with 204 has not written anything."""
    client, wire = scripted(reply(204), patience=Patience(tries=3))
    with pytest.raises(Unavailable, match=r"PATCH .* after 3 tries: HTTP 204"):
        client.ask(PATCH)
    assert len(wire.asked) == 3


def test_a_member_of_whom_only_a_gateway_knows_nothing_may_be_there() -> None:
    """A 404 that is not Mailchimp's does not mean that nobody is there; Mailchimp's own does."""
    client, _ = scripted(reply(404, HTML), reply(404), reply(404, {"message": "no Route"}), patience=Patience(tries=3))
    with pytest.raises(Unavailable, match="HTTP 404"):
        api.member(client, "x", "y")
    client, _ = scripted(reply(404, HTML), problem(404, "Resource Not Found", "The requested resource is not there."))
    assert api.member(client, "x", "y") is None


@pytest.mark.parametrize("foreign", [{}, {"total_items": 0}, {"lists": None, "total_items": 0}, {"data": []}])
def test_a_page_without_its_rows_is_not_an_empty_collection(foreign: Json) -> None:
    """Whoever takes it for one empties a table, or looks for an audience among none."""
    empty = {"lists": [], "total_items": 0}
    client, wire = scripted(reply(200, foreign), reply(200, empty))
    assert api.audiences(client) == []
    assert len(wire.asked) == 2


@pytest.mark.parametrize(
    ("refusal", "sentence"),
    [
        (problem(401, "API Key Invalid", "Your API key may be invalid."), "Create a new one and enter it there"),
        (
            problem(
                401,
                "API Key Invalid",
                "Your API key may be invalid, or you've attempted to access the wrong datacenter.",
            ),
            "the suffix that names the data center",
        ),
        (
            problem(403, "Forbidden", "The API key provided is linked to datacenter 'us6'"),
            "linked to datacenter 'us6'. Copy the full key again",
        ),
        (
            problem(403, "User Disabled", "This account has been deactivated."),
            "the account behind this key or token is deactivated",
        ),
    ],
)
def test_a_key_that_no_call_can_use_has_a_sentence_of_its_own(refusal: Reply, sentence: str) -> None:
    """A deactivated account and a wrong data center are no matter of roles, and no other key of that user helps."""
    client, wire = scripted(refusal)
    with pytest.raises(Misconfigured, match=re.escape(sentence)) as caught:
        client.ask(PATCH)
    assert "role" not in str(caught.value)
    assert len(wire.asked) == 1


def test_a_missing_right_is_the_callers_to_weigh() -> None:
    """Another call may be allowed."""
    client, _ = scripted(problem(403, "Authorization Failure", "User does not have access."))
    answer = client.ask(PATCH)
    assert isinstance(answer, Refusal)
    assert answer.kind is RefusalKind.PERMISSION


def test_an_unknown_host_is_named_in_seconds() -> None:
    """A name that was never found may be misspelled: three looks, and the error says which and nothing of the path."""
    clock = PretendClock(jitter=1.0)
    unknown = Weather("the host us1.api.example.com was not found", way_out="Check the name.")
    client, wire = scripted(unknown, clock=clock)
    with pytest.raises(Unavailable, match=r"the host us1\.api\.example\.com was not found\. Check the name") as caught:
        client.ask(PATCH)
    assert "/lists" not in str(caught.value)
    assert (len(wire.asked), clock.waits) == (3, [0.5, 1.0])


def test_a_host_that_was_there_before_is_waited_for() -> None:
    """A name that is lost in the middle of a run comes back."""
    unknown = Weather("the host us1.api.example.com was not found", way_out="Check the name.")
    client, wire = scripted(PONG, *[unknown] * 7, PONG)
    client.ask(PING)
    assert client.ask(PING).tries == 8
    assert len(wire.asked) == 9


@pytest.mark.parametrize(
    ("trouble", "status", "may_be_about_the_call"),
    [
        (reply(502, HTML), 502, True),
        (problem(500, "Internal Server Error"), 500, True),
        (reply(413, HTML), 413, True),
        (reply(414), 414, True),
        (reply(404), 404, False),
        (reply(302), 302, False),
        (Weather("ReadTimeout"), None, False),
    ],
)
def test_an_error_tells_the_last_status(
    trouble: Reply | Weather, status: int | None, *, may_be_about_the_call: bool
) -> None:
    """Whoever asked may ask for less where a 5xx or a 413 stays."""
    client, _ = scripted(trouble, patience=Patience(tries=2))
    with pytest.raises(Unavailable) as caught:
        client.ask(PING)
    assert (caught.value.status, caught.value.may_be_about_the_call) == (status, may_be_about_the_call)
