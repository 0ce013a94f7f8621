"""Calls are tried until Mailchimp has answered; nobody waits for it here."""

import pytest

from source_destination_mailchimp.mailchimp.answers import Knowledge, Refusal, RefusalKind, Weather
from source_destination_mailchimp.mailchimp.calls import Call
from source_destination_mailchimp.mailchimp.errors import Misconfigured, Refused, Unavailable
from source_destination_mailchimp.mailchimp.transport import Reply
from source_destination_mailchimp.mailchimp.waiting import Patience
from unit_tests.mailchimp.pretend import ROOT, PretendClock, problem, reply, scripted

PING = Call("GET", "/ping")


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
        reply(429, {"title": "Too Many Requests"}),
        reply(403),
        reply(403, b"<html>"),
        reply(408),
        reply(425),
        reply(500, {"title": "Internal Server Error"}),
        reply(502, b"<html>"),
        reply(200, b'{"cut'),
        reply(200),
        Weather("ConnectionError"),
    ],
)
def test_weather_is_waited_out(trouble: Reply | Weather) -> None:
    """Trouble three times, then an answer: three waits that get longer, and the answer tells of four tries."""
    clock = PretendClock(jitter=1.0)
    client, wire = scripted(trouble, trouble, trouble, reply(200, {}), clock=clock)
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
        client.get("/x")
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
    with pytest.raises(Unavailable, match="ended while it waited"):
        client.ask(PING)
    assert (len(wire.asked), clock.is_awake, wire.is_closed) == (1, True, True)


def test_another_address_never_sees_the_key() -> None:
    """Batch results lie elsewhere and come as bytes; our header goes only where it is given by name."""
    client, wire = scripted(reply(200, b"\x1f\x8b"))
    assert client.fetch("https://elsewhere.example.com/results") == b"\x1f\x8b"
    client.fetch("https://login.example.com/metadata", "OAuth token")
    assert [asked.authorization for asked in wire.asked] == [None, "OAuth token"]


def test_a_redirect_is_a_refusal() -> None:
    """It is not followed: the key would follow it."""
    client, _ = scripted(reply(302, b"<html>"))
    with pytest.raises(Refused, match="302"):
        client.fetch("https://elsewhere.example.com/results")
