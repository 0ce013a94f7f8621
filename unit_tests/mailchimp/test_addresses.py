"""Which addresses may be called, and what of one may be printed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_mailchimp.mailchimp.addresses import (
    has_query,
    has_user,
    is_plain_http,
    is_safe,
    shown_host,
    shown_origin,
)


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://us1.api.mailchimp.com/3.0", True),
        ("https://127.0.0.1/3.0", True),
        ("http://127.0.0.1:8185/3.0", True),
        ("http://127.8.8.8/", True),
        ("http://localhost:8185/3.0", True),
        ("http://LOCALHOST/3.0", True),
        ("http://[::1]:8185/3.0", True),
        ("http://us1.api.mailchimp.com/3.0", False),
        ("http://10.0.0.1/", False),
        ("http://localhost.example.org/", False),
        ("http://127.0.0.1.example.org/", False),
        ("http://127.0.0.1@example.org/", False),
        ("http://0.0.0.0/", False),
        ("file:///etc/passwd", False),
        ("ftp://localhost/", False),
        ("https://", False),
        ("https://[", False),
        ("https://host:port/", False),
        ("us1.api.mailchimp.com", False),
        ("", False),
    ],
)
def test_only_what_cannot_be_read_on_the_way_is_called(url: str, *, safe: bool) -> None:
    """Encrypted anywhere, in the clear on this machine only."""
    assert is_safe(url) is safe


def test_plain_http_is_told_from_https() -> None:
    """What stays on this machine is not sent through a proxy."""
    assert is_plain_http("http://localhost/")
    assert not is_plain_http("https://localhost/")
    assert not is_plain_http("http://[")


@pytest.mark.parametrize(
    ("url", "host", "origin"),
    [
        ("https://me:secret@s3.example.org:9000/path?sig=secret", "s3.example.org", "https://s3.example.org:9000"),
        ("https://s3.example.org/secret", "s3.example.org", "https://s3.example.org"),
        ("http://[::1]:9000/", "::1", "http://[::1]:9000"),
        ("secret", "an address without a host", "what is entered there"),
        ("https://[secret", "an address without a host", "what is entered there"),
    ],
)
def test_what_is_shown_of_an_address(url: str, host: str, origin: str) -> None:
    """Host, or scheme and port with it: never a user, a password, a path or a query."""
    assert (shown_host(url), shown_origin(url)) == (host, origin)


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://me:secret@example.org/", True),
        ("https://me@example.org/", True),
        ("me:secret@example.org", True),
        ("https://example.org/", False),
    ],
)
def test_a_user_in_an_address_is_found(url: str, *, found: bool) -> None:
    """In any place, also where an address lacks its scheme."""
    assert has_user(url) is found


def test_what_follows_a_path_is_found() -> None:
    """A signature or a key may stand there."""
    assert has_query("https://example.org/?sig=1")
    assert has_query("https://example.org/#sig")
    assert not has_query("https://example.org/a")


@given(st.text(alphabet="abc:/@[]?#.%0 ", max_size=20))
def test_any_text_can_be_asked_about(text: str) -> None:
    """Whatever is typed into a box is no crash, and no password of it is shown."""
    url = f"https://me:hunter2@{text}"
    assert isinstance(is_safe(text), bool)
    assert "hunter2" not in shown_host(url) + shown_origin(url)
