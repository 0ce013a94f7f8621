"""Who may make control calls and see the pages."""

import pytest

from source_destination_mailchimp.sandbox.http.origins import is_from_here

ROOT = "http://127.0.0.1:8185"


@pytest.mark.parametrize("client", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_this_machine_may(client: str) -> None:
    """A call from this machine is taken, by whatever address of it (promise)."""
    assert is_from_here(client, "", ROOT)


@pytest.mark.parametrize("client", ["192.0.2.7", "::ffff:192.0.2.7", "10.0.0.1", ""])
def test_other_machines_may_not(client: str) -> None:
    """A call from another machine is refused (promise)."""
    assert not is_from_here(client, "", ROOT)


@pytest.mark.parametrize(
    ("origin", "root", "may"),
    [
        (ROOT, ROOT, True),
        ("http://localhost:8185", "http://localhost:8185", True),
        ("http://127.0.0.1:3000", ROOT, False),
        ("null", ROOT, False),
        ("https://evil.sandbox-people.org", ROOT, False),
        ("http://evil.sandbox-people.org:8185", "http://evil.sandbox-people.org:8185", False),
    ],
)
def test_pages_of_other_origins_may_not(origin: str, root: str, may: bool) -> None:
    """A page may call its own sandbox, not one of another origin, nor by a name that leads here (promise)."""
    assert is_from_here("127.0.0.1", origin, root) is may


@pytest.mark.parametrize(
    ("root", "here"),
    [
        (ROOT, True),
        ("http://localhost:8185", True),
        ("http://LOCALHOST", True),
        ("http://[::1]:8185", True),
        ("http://us1.api.mailchimp.com", False),
        ("http://localhost.sandbox-people.org:8185", False),
        ("http://192.0.2.7:8185", False),
        ("http://[nonsense", False),
        ("http://", False),
    ],
)
def test_names_of_this_machine(root: str, here: bool) -> None:
    """A call is taken at a name of this machine alone: another one may lead here for a foreign page (promise)."""
    assert is_from_here("127.0.0.1", "", root) is here
