"""Whether what rows hang on is there any more: only Mailchimp's own 404 says that it is not."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from integration_tests.source.conftest import Seeded
from integration_tests.source.plain import call, members
from integration_tests.source.syncing import config, impatient
from source_destination_mailchimp.mailchimp.errors import Refused, Unavailable
from source_destination_mailchimp.sandbox.http.server import Sandbox
from source_destination_mailchimp.source.account import ACCOUNT, Account, ParentRecord
from source_destination_mailchimp.source.settings import parse


@pytest.fixture
def account(sandbox: Sandbox) -> Iterator[Account]:
    """Return the account as the source reads it."""
    settings = parse(config(sandbox))
    client = impatient(settings, lambda reason, seconds: None)
    with ThreadPoolExecutor(1) as pool:
        yield Account(client, settings, pool, warn=pytest.fail)
    client.close()


def _parent(path: str) -> ParentRecord:
    return ParentRecord("key", {}, {}, path)


def test_what_is_there_is_not_gone(seeded: Seeded, account: Account) -> None:
    """An audience, a campaign, a segment and a member that Mailchimp shows are there, and so is the account."""
    segment = call(seeded.sandbox, "GET", f"/lists/{seeded.audience}/segments")["segments"][0]["id"]
    member = members(seeded.sandbox, seeded.other)[0]["id"]
    paths = (
        f"/lists/{seeded.audience}",
        f"/campaigns/{seeded.campaign}",
        f"/lists/{seeded.audience}/segments/{segment}",
        f"/lists/{seeded.other}/members/{member}",
    )
    assert not any(account.is_gone(_parent(path)) for path in paths)
    assert not account.is_gone(ACCOUNT)


def test_a_contact_without_an_address_is_there(seeded: Seeded, account: Account) -> None:
    """Mailchimp shows it by its contact ID alone."""
    seeded.sandbox.control.people("", seeded.other, "subscribe_sms", phone="+14045550111")
    rows = members(seeded.sandbox, seeded.other)
    contact = next(row["contact_id"] for row in rows if not row.get("email_address"))
    assert not account.is_gone(_parent(f"/lists/{seeded.other}/members/{contact}"))


@pytest.mark.parametrize("path", ["/lists/0000000000", "/campaigns/0000000000", "/lists/{other}/segments/1"])
def test_what_mailchimp_does_not_know_is_gone(seeded: Seeded, account: Account, path: str) -> None:
    """Its own 404, a problem document, says so."""
    assert account.is_gone(_parent(path.format(other=seeded.other)))


@pytest.mark.parametrize("fault", ["404_html", "404_foreign", "204_empty", "200_empty_object", "302", "503"])
def test_what_stands_between_cannot_say_that_something_is_gone(seeded: Seeded, account: Account, fault: str) -> None:
    """Any other answer is waited out, and at last ends the question without an answer."""
    path = f"/lists/{seeded.audience}"
    seeded.sandbox.control.fault(fault, path=f"/3.0{path}", times=2)
    assert not account.is_gone(_parent(path))
    seeded.sandbox.control.fault(fault, path=f"/3.0{path}")
    with pytest.raises(Unavailable):
        account.is_gone(_parent(path))


def test_a_refusal_does_not_say_that_something_is_gone(seeded: Seeded, account: Account) -> None:
    """A key that may not look at it is told so."""
    path = f"/lists/{seeded.audience}"
    seeded.sandbox.control.fault("403", path=f"/3.0{path}")
    with pytest.raises(Refused):
        account.is_gone(_parent(path))
