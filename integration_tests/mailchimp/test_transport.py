"""What leaves this machine: no redirect is followed, nothing goes unencrypted, and the key goes to Mailchimp only."""

import gzip
from collections.abc import Iterator

import pytest

from integration_tests.mailchimp.answering import Answering, Told, answering
from source_destination_mailchimp.mailchimp import transport
from source_destination_mailchimp.mailchimp.answers import Knowledge
from source_destination_mailchimp.mailchimp.auth import Access
from source_destination_mailchimp.mailchimp.calls import Call, archive_member, patch_member
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.errors import TooLarge, Unavailable
from source_destination_mailchimp.mailchimp.transport import HttpTransport, Reply, Request
from source_destination_mailchimp.mailchimp.waiting import Patience
from unit_tests.mailchimp.pretend import PretendClock

KEY = "Bearer 0123456789abcdef0123456789abcdef-us1"
PING = Call("GET", "/ping")
PONG = Told(200, b'{"health_status": "Everything\'s Chimpy!"}')
SECONDS = (2.0, 2.0)


@pytest.fixture
def server() -> Iterator[Answering]:
    """A server with one answer, and one more place that a redirect can lead to."""
    with answering({"/3.0/ping": PONG, "/elsewhere": PONG}) as found:
        yield found


@pytest.fixture
def client(server: Answering) -> Iterator[Client]:
    """A client of that server, which tries twice and waits for nothing."""
    patience = Patience(tries=2, timeout_seconds=SECONDS)
    found = Client(Access(f"{server.url}/3.0", KEY), max_connections=1, patience=patience, clock=PretendClock())
    yield found
    found.close()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("leads_away", [False, True])
def test_no_redirect_is_followed(server: Answering, client: Client, status: int, *, leads_away: bool) -> None:
    """The key would follow it, and what it leads to is not Mailchimp's word on the call."""
    host = server.url.replace("127.0.0.1", "localhost") if leads_away else server.url
    server.answers["/3.0/ping"] = Told(status, headers={"Location": f"{host}/elsewhere"})
    with pytest.raises(Unavailable, match=f"after 2 tries: HTTP {status}"):
        client.ask(PING)
    assert server.paths == ["/3.0/ping"] * 2


def test_a_204_is_no_success_of_a_patch(server: Answering, client: Client) -> None:
    """A gateway that answers every write with 204 has not written anything."""
    server.answers["/3.0/lists/a/members/h"] = Told(204)
    with pytest.raises(Unavailable, match="after 2 tries: HTTP 204"):
        client.ask(patch_member("a", "h", {"vip": True}, skip_merge_validation=False))


@pytest.mark.parametrize(
    ("headers", "is_mailchimps"),
    [
        ({}, False),
        ({"Server": "AkamaiGHost"}, False),
        ({"Content-Type": "text/html"}, False),
        ({"X-Request-Id": ""}, False),
        ({"X-Request-Id": "a69d4a2b-c5ec-5488-7ae2-f469f7dae0d8"}, True),
        ({"x-request-id": "a69d4a2b-c5ec-5488-7ae2-f469f7dae0d8"}, True),
        ({"Content-Type": "application/json; charset=utf-8"}, True),
    ],
)
def test_a_204_is_mailchimps_by_its_headers(
    server: Answering, client: Client, headers: dict[str, str], *, is_mailchimps: bool
) -> None:
    """All 204s of the real API that are recorded have two headers that those of gateways and portals lack."""
    server.answers["/3.0/lists/a/members/h"] = Told(204, headers=headers)
    call = archive_member("a", "h")
    if is_mailchimps:
        assert isinstance(client.ask(call), Knowledge)
        return
    with pytest.raises(Unavailable, match="after 2 tries: HTTP 204, not in Mailchimp's own form"):
        client.ask(call)


def test_results_are_fetched_without_the_key(server: Answering, client: Client) -> None:
    """Our calls carry it, another address does not get it."""
    assert isinstance(client.ask(PING), Knowledge)
    client.fetch(f"{server.url}/elsewhere")
    assert [headers.get("authorization") for headers in server.headers] == [KEY, None]


@pytest.mark.parametrize(
    "url",
    [
        "http://us1.api.mailchimp.com/3.0/ping",
        "http://0.0.0.0/3.0/ping",
        "http://127.0.0.1.example.org/results",
        "http://storage.example.org/results?signature=secret",
        "ftp://127.0.0.1/results",
        "file:///etc/passwd",
    ],
)
def test_nothing_is_sent_in_the_clear(url: str) -> None:
    """Neither a call nor a fetch: the socket itself refuses, before it opens, and names the host alone."""
    wire = HttpTransport()
    with pytest.raises(Unavailable, match="https:// is required") as caught:
        wire.send(Request("GET", url, authorization=KEY), SECONDS)
    assert "secret" not in str(caught.value)
    wire.close()


def test_plain_http_of_this_machine_stays_on_it(
    server: Answering, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy of the environment would get the key in the clear, so it is passed by."""
    with answering({}) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        assert isinstance(client.ask(PING), Knowledge)
        assert proxy.paths == []
    assert server.paths == ["/3.0/ping"]


@pytest.mark.parametrize("is_packed", [False, True])
def test_an_endless_answer_is_not_read(server: Answering, client: Client, *, is_packed: bool) -> None:
    """It is given up as soon as it is too large, also where a small one unpacks to it; once, not once per try."""
    body = bytes(3 * 1024**2)
    headers = {"Content-Encoding": "gzip"} if is_packed else {}
    server.answers["/elsewhere"] = Told(200, gzip.compress(body) if is_packed else body, headers)
    with pytest.raises(TooLarge, match=r"127\.0\.0\.1 is larger than 1 MiB"):
        client.fetch(f"{server.url}/elsewhere", max_bytes=1024**2)
    assert len(server.paths) == 1
    assert client.fetch(f"{server.url}/elsewhere", max_bytes=4 * 1024**2) == body


def test_every_answer_has_a_largest_size() -> None:
    """A gigabyte in place of a page would end the process."""
    assert Request("GET", "https://us1.api.mailchimp.com").max_bytes == transport.MAX_ANSWER_BYTES


def test_a_host_that_does_not_exist_is_told_from_one_that_is_down() -> None:
    """Names under .invalid never exist. [RFC 6761]"""
    wire = HttpTransport()
    found = wire.send(Request("GET", "https://us1.api.mailchimp.invalid/3.0/lists/a?email=b"), SECONDS)
    assert not isinstance(found, Reply)
    assert found.reason == "the host us1.api.mailchimp.invalid was not found"
    assert "DNS" in found.way_out
    refused = wire.send(Request("GET", "http://127.0.0.1:1/3.0/"), SECONDS)
    assert not isinstance(refused, Reply)
    assert (refused.reason, refused.way_out) == ("ConnectionError", "")
    wire.close()


def test_an_unknown_host_is_named_in_seconds() -> None:
    """Three looks with short waits, then the name of the host and nothing of the path."""
    clock = PretendClock()
    client = Client(Access("https://us999.api.mailchimp.invalid/3.0", KEY), max_connections=1, clock=clock)
    with pytest.raises(Unavailable, match=r"the host us999\.api\.mailchimp\.invalid was not found") as caught:
        client.ask(PING)
    client.close()
    assert "/3.0" not in str(caught.value)
    assert sum(clock.waits) <= 2.0
