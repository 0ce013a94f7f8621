"""Credentials become an address and a header, and a key or token never goes anywhere but to Mailchimp."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_mailchimp.mailchimp.auth import METADATA_URL, Access, access
from source_destination_mailchimp.mailchimp.errors import Misconfigured

KEY = "0123456789abcdef0123456789abcdef-us6"
TOKEN = "0123456789abcdef0123456789abcdef"
OAUTH = {"auth_type": "oauth2.0", "access_token": TOKEN}
LOCAL = "http://127.0.0.1:8185/3.0"


def with_metadata(found: Mapping[str, Any], base_url: str | None = None) -> Access:
    """Return the access of a token of which the sign-in service says this."""
    return access(OAUTH, base_url, lambda url, authorization: found)


def with_key(key: str, base_url: str | None = None) -> Access:
    """Return the access of an API key, for which nobody is asked."""
    return access({"auth_type": "apikey", "apikey": key}, base_url, _nobody)


def _nobody(url: str, authorization: str) -> Mapping[str, Any]:
    raise AssertionError(url)


def test_a_key_names_its_own_data_center() -> None:
    """The host is made from the key's ending."""
    assert with_key(f" {KEY}\n") == Access("https://us6.api.mailchimp.com/3.0", f"Bearer {KEY}")


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("", "is empty"),
        ("naïve-us6", "contains a character"),
        ("0123456789abcdef-us6\r\nX: y-us6", "contains a character"),
        (TOKEN, "does not end with a data center"),
        (f"{TOKEN}-example.org/us6", "does not end with a data center"),
    ],
)
def test_a_key_that_is_none_is_told_so(key: str, sentence: str) -> None:
    """The sentence says what is wrong with it and does not repeat it."""
    with pytest.raises(Misconfigured, match=sentence) as caught:
        with_key(key)
    assert not key or key not in str(caught.value)


@pytest.mark.parametrize(
    "metadata",
    [
        {"dc": "us3", "api_endpoint": "https://us3.api.mailchimp.com"},
        {"api_endpoint": "https://us3.api.mailchimp.com/"},
        {"dc": "us3"},
        {"dc": "us3", "api_endpoint": ""},
        {"dc": "us3", "api_endpoint": None},
    ],
)
def test_a_token_goes_to_its_data_center(metadata: Mapping[str, Any]) -> None:
    """The endpoint names it, or the data center alone."""
    assert with_metadata(metadata) == Access("https://us3.api.mailchimp.com/3.0", f"Bearer {TOKEN}")


@pytest.mark.parametrize(
    "metadata",
    [
        {"api_endpoint": "http://us3.api.mailchimp.com"},
        {"api_endpoint": "https://us3.api.mailchimp.com.example.org"},
        {"api_endpoint": "https://example.org/us3.api.mailchimp.com"},
        {"api_endpoint": "https://us3.api.mailchimp.com@example.org"},
        {"api_endpoint": "https://us3.api.mailchimp.com:8443"},
        {"api_endpoint": "https://us3.api.mailchimp.com/\n"},
        {"api_endpoint": "https://api.mailchimp.com"},
        {"api_endpoint": "https://us3.example.org", "dc": "us3"},
        {"api_endpoint": "file:///etc/passwd"},
        {"api_endpoint": "//us3.api.mailchimp.com"},
        {"api_endpoint": ["https://us3.api.mailchimp.com"]},
        {"dc": "us3.example.org/"},
        {"dc": "example.org#"},
        {"dc": "us3\n"},
        {"dc": 3},
    ],
)
def test_a_token_goes_nowhere_else(metadata: Mapping[str, Any]) -> None:
    """Whatever the answer names that is no server of Mailchimp's, the token is not sent there."""
    with pytest.raises(Misconfigured, match="did not return a Mailchimp server") as caught:
        with_metadata(metadata)
    assert "example.org" not in str(caught.value)


@given(st.text(max_size=40))
def test_only_mailchimps_hosts_are_ever_called(text: str) -> None:
    """Any text in either place of the metadata ends at a host of Mailchimp's, or in an error."""
    for metadata in ({"api_endpoint": text}, {"dc": text}):
        try:
            found = with_metadata(metadata)
        except Misconfigured:
            continue
        assert found.root.startswith("https://us")
        assert found.root.endswith(".api.mailchimp.com/3.0")


@pytest.mark.parametrize("metadata", [{"error": "invalid_token"}, {"dc": "", "api_endpoint": None, "error": "x"}])
@pytest.mark.parametrize("base_url", [None, LOCAL])
def test_a_dead_token_is_told_as_such(metadata: Mapping[str, Any], base_url: str | None) -> None:
    """Mailchimp answers one with 200, and without a place to call."""
    with pytest.raises(Misconfigured, match=r"credentials\.access_token is no longer valid"):
        with_metadata(metadata, base_url)


def test_an_empty_token_is_not_asked_about() -> None:
    """It was never signed in."""
    with pytest.raises(Misconfigured, match="access_token is empty"):
        access({"auth_type": "oauth2.0"}, None, _nobody)


@pytest.mark.parametrize(
    ("base_url", "address"), [(None, METADATA_URL), (LOCAL, "http://127.0.0.1:8185/oauth2/metadata")]
)
def test_the_metadata_are_asked_where_the_account_is(base_url: str | None, address: str) -> None:
    """At the sign-in service, or at the other root's own origin, with the token and by the name that it wants."""
    asked: list[tuple[str, str]] = []

    def fetch(url: str, authorization: str) -> Mapping[str, Any]:
        asked.append((url, authorization))
        return {"dc": "us3"}

    found = access(OAUTH, base_url, fetch)
    assert asked == [(address, f"OAuth {TOKEN}")]
    assert found.root == (base_url or "https://us3.api.mailchimp.com/3.0")


@pytest.mark.parametrize(
    ("base_url", "sentence"),
    [
        ("http://us3.api.mailchimp.com/3.0", "would send the key unencrypted"),
        ("http://127.0.0.1.example.org/3.0", "would send the key unencrypted"),
        ("ftp://us3.api.mailchimp.com", "must be an address such as"),
        ("us3.api.mailchimp.com", "must be an address such as"),
        ("https://me:hunter2@example.org/3.0", "must not hold a user name or a password"),
        ("https://[hunter2", "must be an address such as"),
    ],
)
def test_another_root_is_checked(base_url: str, sentence: str) -> None:
    """Encrypted, or of this machine, and without a password that a log would show."""
    with pytest.raises(Misconfigured, match=sentence) as caught:
        with_key(KEY, base_url)
    assert "hunter2" not in str(caught.value)


def test_a_repr_hides_the_key() -> None:
    """What is printed by accident has no secret in it."""
    assert KEY not in repr(with_key(KEY))
