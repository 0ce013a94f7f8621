"""Signing in, as the platform's generic OAuth flow does it from what the specification declares."""

import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from airbyte_cdk.models import Status
from jinja2 import Environment, StrictUndefined

from source_destination_mailchimp.airbyte.oauth import OAUTH_FLOW
from source_destination_mailchimp.destination.connector import DestinationMailchimp
from source_destination_mailchimp.sandbox.http.server import Sandbox, running_sandbox
from source_destination_mailchimp.source.source import SourceMailchimp

DECLARED: dict[str, Any] = OAUTH_FLOW["oauth_config_specification"]["oauth_connector_input_specification"]
LOGIN = "https://login.mailchimp.com"
VALUES = {
    "client_id_value": "123456789012",
    "client_secret_value": "a secret",
    "redirect_uri_value": "https://airbyte.example.com/auth_flow",
    "state_value": "7f3a",
}
VALUES |= {
    f"{key}_param": f"{key}={VALUES[f'{key}_value']}" for key in ("client_id", "client_secret", "redirect_uri", "state")
}
logger = logging.getLogger("airbyte")


@pytest.fixture
def mailchimp(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """An account with one audience."""
    with running_sandbox() as sandbox:
        sandbox.control.seed(name="Customers")
        monkeypatch.setenv("MAILCHIMP_API_BASE_URL", sandbox.api_url)
        yield sandbox


def filled(template: str, **more: str) -> str:
    """A template of the specification with the platform's values; a name that the platform has not is an error."""
    return Environment(undefined=StrictUndefined).from_string(template).render(**VALUES, **more)


def signed_in(mailchimp: Sandbox) -> str:
    """The token that the platform would keep."""
    asked = filled(DECLARED["consent_url"]).replace(LOGIN, mailchimp.url)
    sent_back = requests.get(asked, allow_redirects=False, timeout=10).headers["Location"]
    assert sent_back.startswith(VALUES["redirect_uri_value"])
    answer = parse_qs(urlsplit(sent_back).query)
    assert answer["state"] == [VALUES["state_value"]]
    form = {
        key: filled(text, auth_code_value=answer["code"][0]) for key, text in DECLARED["access_token_params"].items()
    }
    address, headers = DECLARED["access_token_url"].replace(LOGIN, mailchimp.url), DECLARED["access_token_headers"]
    given = requests.post(address, data=form, headers=headers, timeout=10)
    assert given.status_code == 200
    (key,) = DECLARED["extract_output"]
    return str(given.json()[key])


def checked(token: str) -> list[tuple[Status, str]]:
    """What each connector says to a configuration with a token."""
    credentials = {"auth_type": "oauth2.0", "access_token": token}
    answers = [
        SourceMailchimp().check(logger, {"credentials": credentials}),
        DestinationMailchimp().check(
            logger, {"credentials": credentials, "audience": "Customers", "new_member_status": "pending"}
        ),
    ]
    return [(answer.status, str(answer.message or "")) for answer in answers]


def test_both_connectors_take_the_token(mailchimp: Sandbox) -> None:
    """The token that the declared flow ends with works in both connectors."""
    assert checked(signed_in(mailchimp)) == [(Status.SUCCEEDED, "")] * 2


def test_a_dead_token_is_told_as_such(mailchimp: Sandbox) -> None:
    """Mailchimp answers a dead token with 200; both connectors say that it is dead and how to go on."""
    for status, message in checked("revoked"):
        assert status is Status.FAILED
        assert "credentials.access_token is no longer valid" in message
        assert "Sign in to Mailchimp again" in message
