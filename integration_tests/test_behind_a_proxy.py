"""Both connectors behind a company's proxy, with Mailchimp's real names and the variables that every tool knows."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.models import Status

from integration_tests.corporate_proxy import PASSWORD, CorporateProxy, corporate_proxy
from source_destination_mailchimp.destination.connector import DestinationMailchimp
from source_destination_mailchimp.mailchimp.answers import Knowledge
from source_destination_mailchimp.mailchimp.auth import Access
from source_destination_mailchimp.mailchimp.calls import read_account
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.errors import Unavailable
from source_destination_mailchimp.mailchimp.waiting import Patience
from source_destination_mailchimp.sandbox.http.server import Sandbox, running_sandbox
from source_destination_mailchimp.source.source import SourceMailchimp
from unit_tests.mailchimp.pretend import PretendClock

ROOT = "https://us1.api.mailchimp.com/3.0"
PROXIES = ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY")
BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
logger = logging.getLogger("airbyte")


@pytest.fixture(scope="module")
def mailchimp() -> Iterator[Sandbox]:
    """An account with one audience."""
    with running_sandbox() as sandbox:
        sandbox.control.seed(name="Customers")
        yield sandbox


@pytest.fixture
def proxy(mailchimp: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CorporateProxy]:
    """A proxy in front of it, which nothing in the environment names yet."""
    for name in (*PROXIES, *BUNDLES, "MAILCHIMP_API_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    with corporate_proxy(mailchimp.url, tmp_path) as found:
        yield found


@pytest.fixture
def client(mailchimp: Sandbox) -> Iterator[Client]:
    """A client of the real host that waits for nothing."""
    patience = Patience(timeout_seconds=(5.0, 5.0))
    found = Client(
        Access(ROOT, f"Bearer {mailchimp.api_key}"), max_connections=1, patience=patience, clock=PretendClock()
    )
    yield found
    found.close()


def checked(credentials: dict[str, Any]) -> list[tuple[Status, str]]:
    """Return what each connector says to these credentials."""
    answers = [
        SourceMailchimp().check(logger, {"credentials": credentials}),
        DestinationMailchimp().check(
            logger, {"credentials": credentials, "audience": "Customers", "new_member_status": "pending"}
        ),
    ]
    return [(answer.status, str(answer.message or "")) for answer in answers]


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy"])
def test_both_connectors_reach_mailchimp_through_the_proxy(
    mailchimp: Sandbox, proxy: CorporateProxy, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """With a key and with a token, whose own service is asked through the proxy as well."""
    monkeypatch.setenv(variable, proxy.url)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(proxy.bundle))
    assert checked({"auth_type": "apikey", "apikey": mailchimp.api_key}) == [(Status.SUCCEEDED, "")] * 2
    assert set(proxy.asked) == {"us1.api.mailchimp.com:443"}
    token = mailchimp.api_key.partition("-")[0]
    assert checked({"auth_type": "oauth2.0", "access_token": token}) == [(Status.SUCCEEDED, "")] * 2
    assert set(proxy.asked) == {"us1.api.mailchimp.com:443", "login.mailchimp.com:443"}
    assert proxy.refused == 0


def test_a_proxy_without_the_password_is_told_soon(
    proxy: CorporateProxy, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error names the variable and the form of its value, and no password."""
    wrong = proxy.url.replace(PASSWORD, "opensesame")
    monkeypatch.setenv("HTTPS_PROXY", wrong)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(proxy.bundle))
    with pytest.raises(
        Unavailable, match=r"the proxy requires a user name and a password\. Set the variable HTTPS_PROXY"
    ) as caught:
        client.ask(read_account())
    assert "opensesame" not in str(caught.value)
    assert (proxy.asked, proxy.refused) == ([], 3)


def test_a_certificate_that_nobody_trusts_is_told_soon(
    proxy: CorporateProxy, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the company's certificates the key is not sent, and the error says which variable is missing."""
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    with pytest.raises(
        Unavailable, match=r"certificate of us1\.api\.mailchimp\.com is not trusted.* REQUESTS_CA_BUNDLE"
    ):
        client.ask(read_account())
    assert len(proxy.asked) == 3


def test_a_host_that_needs_no_proxy_is_called_directly(
    mailchimp: Sandbox, proxy: CorporateProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NO_PROXY names it, as for every other tool."""
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(proxy.bundle))
    root = f"https://127.0.0.1:{mailchimp.url.rpartition(':')[2]}/3.0"
    clock = PretendClock()
    for no_proxy, passes_the_proxy in (("", True), ("example.org,127.0.0.1", False)):
        monkeypatch.setenv("NO_PROXY", no_proxy)
        proxy.asked.clear()
        client = Client(
            Access(root, f"Bearer {mailchimp.api_key}"), max_connections=1, patience=Patience(tries=1), clock=clock
        )
        if passes_the_proxy:
            assert isinstance(client.ask(read_account()), Knowledge)
        else:
            # The sandbox itself does not speak TLS: what counts is that the proxy was not asked.
            with pytest.raises(Unavailable):
                client.ask(read_account())
        client.close()
        assert bool(proxy.asked) is passes_the_proxy
