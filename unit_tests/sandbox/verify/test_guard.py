"""What verify may write, and whom it recognises as its own."""

from typing import Any

import pytest

from source_destination_mailchimp.sandbox.verify.guard import Guard, NotOurs
from source_destination_mailchimp.sandbox.verify.mailbox import Mailbox, hash_of, is_made_name, marker

MAILBOX = Mailbox.read("ann+*@verify-mailbox.org")
OURS = MAILBOX.address("0123abcd", 7, "a")
OTHER = "bob@verify-mailbox.org"
STRANGER = hash_of(OTHER)


def guarded() -> Guard:
    """A guard of one audience that knows one contact and one tag."""
    guard = Guard("a1", MAILBOX)
    guard.adopt_contact(OURS)
    guard.note("POST", "/lists/a1/segments", {"id": 5})
    return guard


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", f"/lists/a1/members/{STRANGER}", {"vip": True}),
        ("DELETE", f"/lists/a1/members/{STRANGER}", None),
        ("POST", f"/lists/a1/members/{STRANGER}/actions/delete-permanent", None),
        ("POST", "/lists/a1/members", {"email_address": OTHER, "status": "subscribed"}),
        ("POST", "/lists/a1", {"members": [{"email_address": OURS}, {"email_address": OTHER}]}),
        ("POST", "/lists/a1", {"members": [{"status": "subscribed"}]}),
        ("PATCH", f"/lists/a1/members/{hash_of(OURS)}", {"email_address": OTHER}),
        ("POST", "/lists/a1/segments/5", {"members_to_add": [OTHER]}),
        ("PATCH", "/lists/a1/segments/6", {"name": "x"}),
        ("DELETE", "/lists/a1/segments/6", None),
        ("DELETE", "/lists/a1/merge-fields/5", None),
        ("POST", "/lists/a1/segments", {"name": "VIP", "static_segment": []}),
        ("DELETE", "/lists/a1", None),
        ("PATCH", "/lists/a1", {"name": "x"}),
        ("DELETE", f"/lists/b1/members/{hash_of(OURS)}", None),
        ("POST", "/lists", {"name": "x"}),
        ("POST", "/campaigns", {"type": "regular"}),
        ("POST", "/batches", {"operations": [{"method": "DELETE", "path": "/lists/a1/segments/6", "body": "{}"}]}),
    ],
)
def test_refuses_what_is_not_its_own(method: str, path: str, body: Any) -> None:
    """No call may write to a contact, tag, field, group or audience that verify did not make."""
    with pytest.raises(NotOurs):
        guarded().check(method, path, body)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f"/lists/a1/members/{STRANGER}", None),
        ("PATCH", f"/lists/a1/members/{hash_of(OURS)}", {"vip": True}),
        ("POST", "/lists/a1", {"members": [{"email_address": OURS}]}),
        ("POST", "/lists/a1/segments/5", {"members_to_add": [OURS]}),
        ("DELETE", "/lists/a1/segments/5", None),
        ("POST", "/lists/a1/segments", {"name": marker("0123abcd", 7), "static_segment": []}),
    ],
)
def test_takes_its_own(method: str, path: str, body: Any) -> None:
    """Reading is free, and what verify made it may change and remove."""
    guarded().check(method, path, body)


@pytest.mark.parametrize(
    "address",
    [
        "ann@verify-mailbox.org",
        "ann+shop@verify-mailbox.org",
        "ann+mcverify-0123abcd-q07-a@elsewhere.org",
        "bob+mcverify-0123abcd-q07-a@verify-mailbox.org",
        "ann+mcverify-0123abcd-q07-a@verify-mailbox.org.evil.org",
        "ann+mcverify-q07-a@verify-mailbox.org",
    ],
)
def test_recognises_nobody_else(address: str) -> None:
    """Only an address that verify made, of this very mailbox, is its own; other plus addresses are people."""
    assert not MAILBOX.is_ours(address)
    with pytest.raises(NotOurs):
        guarded().adopt_contact(address)


def test_recognises_its_own() -> None:
    """Addresses and names are known again by what was put into them."""
    assert MAILBOX.is_ours(OURS)
    assert MAILBOX.is_ours(OURS.upper())
    assert is_made_name(f"{marker('0123abcd', 7)}-x")
    assert not is_made_name("mcverify")


@pytest.mark.parametrize("text", ["ann@verify-mailbox.org", "*@verify-mailbox.org", "ann+*@", "ann+*+*@x.org", ""])
def test_a_mailbox_has_a_star_after_its_plus(text: str) -> None:
    """A mailbox without a place for plus addresses is refused: verify never writes to the mailbox's own address."""
    with pytest.raises(ValueError, match="yourdomain"):
        Mailbox.read(text)
