"""The client over a real socket: what comes back from a server, from a broken one, and from none."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from source_destination_mailchimp.mailchimp import api
from source_destination_mailchimp.mailchimp.answers import Knowledge, Refusal, RefusalKind
from source_destination_mailchimp.mailchimp.auth import Access
from source_destination_mailchimp.mailchimp.calls import Call, read_account
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.errors import Misconfigured, Unavailable
from source_destination_mailchimp.mailchimp.waiting import Patience
from source_destination_mailchimp.sandbox.http.server import Sandbox, running_sandbox
from unit_tests.mailchimp.pretend import PretendClock

BRIEF = Patience(tries=3, timeout_seconds=(2.0, 0.5))


@pytest.fixture(scope="module")
def mailchimp() -> Iterator[Sandbox]:
    """An empty account."""
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def clock() -> PretendClock:
    """Time that nobody spends."""
    return PretendClock()


@pytest.fixture
def client(mailchimp: Sandbox, clock: PretendClock) -> Iterator[Client]:
    """A client that waits for nothing, and for an answer half a second."""
    mailchimp.control.lift_faults()
    mailchimp.control.forget_requests()
    found = Client(
        Access(mailchimp.api_url, f"Bearer {mailchimp.api_key}"), max_connections=2, patience=BRIEF, clock=clock
    )
    yield found
    found.close()


def test_an_answer_tells_the_time(client: Client) -> None:
    """Body, status, Mailchimp's clock in full seconds, and how long it took."""
    answer = client.ask(read_account("account_id"))
    assert isinstance(answer, Knowledge)
    assert (answer.status, list(answer.body), answer.tries) == (200, ["account_id"], 1)
    assert answer.server_time is not None
    assert answer.server_time.utcoffset() is not None
    assert 0.0 < answer.seconds < 60.0


def test_a_refusal_comes_with_its_document(client: Client) -> None:
    """Status, title and detail are Mailchimp's."""
    answer = client.ask(Call("GET", "/lists/nowhere"))
    assert isinstance(answer, Refusal)
    assert (answer.kind, answer.title) == (RefusalKind.NOT_FOUND, "Resource Not Found")
    assert answer.detail


@pytest.mark.parametrize(
    "fault",
    [
        "429",
        "429_bare",
        "403_bare",
        "403_html",
        "500",
        "502_html",
        "503",
        "504",
        "reset_before",
        "reset_after",
        "cut_body",
        "garbage",
        "404_html",
        "404_foreign",
        "204_empty",
        "302",
        "400_html",
        "200_empty_object",
    ],
)
def test_every_fault_is_waited_out(mailchimp: Sandbox, client: Client, clock: PretendClock, fault: str) -> None:
    """Twice a fault, then the answer."""
    mailchimp.control.fault(fault, times=2)
    assert client.ask(read_account()).tries == 3
    assert clock.waits == [0.25, 0.5]


@pytest.mark.parametrize("fault", ["404_html", "404_foreign", "204_empty", "302", "400_html", "200_empty_object"])
def test_what_somebody_else_answers_for_ever_is_an_outage(mailchimp: Sandbox, client: Client, fault: str) -> None:
    """Whatever stands between us and Mailchimp: no member is taken for unknown, no audience for empty."""
    mailchimp.control.fault(fault)
    with pytest.raises(Unavailable, match="after 3 tries: HTTP"):
        api.member(client, "aud1", "0" * 32)
    with pytest.raises(Unavailable, match="after 3 tries: HTTP"):
        api.audiences(client)


def test_a_server_that_never_answers_is_given_up(mailchimp: Sandbox, client: Client) -> None:
    """Each try has its time-out, and the last one ends it."""
    mailchimp.control.fault("delay", seconds=2, times=3)
    with pytest.raises(Unavailable, match="after 3 tries: ReadTimeout"):
        client.ask(read_account())


def test_nobody_listens(clock: PretendClock) -> None:
    """A port that nobody listens on is an outage like any other."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        root = f"http://127.0.0.1:{unused.getsockname()[1]}/3.0"
        client = Client(Access(root, "Bearer key"), max_connections=1, patience=BRIEF, clock=clock)
        with pytest.raises(Unavailable, match="after 3 tries: ConnectionError"):
            client.ask(read_account())
        client.close()
    assert len(clock.waits) == 2


def test_a_netrc_does_not_replace_the_key(
    mailchimp: Sandbox, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the machine's ~/.netrc says of the host, the form's credentials are used, and only where they belong."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password wrong\n")
    monkeypatch.setenv("NETRC", str(netrc))
    assert isinstance(client.ask(read_account()), Knowledge)
    with pytest.raises(Misconfigured, match="does not accept the key"):
        client.fetch(f"{mailchimp.api_url}/")
