"""What is read before the first write: as little as the settings need, and with the account's own words."""

import pytest

from source_destination_mailchimp.destination.model import StreamId
from source_destination_mailchimp.destination.startup.catalog import ConfiguredStream
from source_destination_mailchimp.destination.startup.preflight import (
    ROLES_THAT_MAY_WRITE,
    check_mappings,
    open_audiences,
    read_account,
)
from source_destination_mailchimp.mailchimp.errors import Misconfigured
from source_destination_mailchimp.mailchimp.members import Audience
from unit_tests.destination.field_entries import to
from unit_tests.destination.people import settings
from unit_tests.destination.pretend_account import ACCOUNT, PretendAccount

AUDIENCES = [Audience("aud1", "News"), Audience("aud2", "Shop")]
NO_AUTOMATIONS = {"new_member_status": "unsubscribed"}


@pytest.mark.parametrize("role", [*ROLES_THAT_MAY_WRITE, "", None])
def test_whoever_may_write_sees_the_audiences(role: str | None) -> None:
    """Owners, admins and managers; and an account that does not say."""
    account = PretendAccount({**ACCOUNT, "/": {"role": role}})
    assert [audience.name for audience in read_account(account.client).audiences] == ["News", "Shop"]


@pytest.mark.parametrize("role", ["author", "viewer"])
def test_whoever_may_not_write_is_stopped(role: str) -> None:
    """The sentence names the role and who could."""
    account = PretendAccount({**ACCOUNT, "/": {"role": role}})
    with pytest.raises(Misconfigured, match=f"credentials: .* the role {role}, .* manager, admin or owner"):
        read_account(account.client)


def test_an_account_that_is_not_shown() -> None:
    """Mailchimp's refusal becomes a sentence about the credentials."""
    with pytest.raises(Misconfigured, match=r"credentials: Mailchimp does not allow .* This account may not see that"):
        read_account(PretendAccount({}).client)


@pytest.mark.parametrize(
    ("target", "object_name", "more"),
    [
        ("FNAME", None, set()),
        ("group:Colors", None, {"/lists/aud1/interest-categories"}),
        ("Permission:Email", None, {"/lists/aud1/members"}),
        ("FNAME", "aud1", {"/lists/aud1/interest-categories", "/lists/aud1/members"}),
    ],
)
def test_no_more_is_read_than_is_mapped(target: str, object_name: str | None, more: set[str]) -> None:
    """Groups and permissions cost calls, so they are read where something goes to them, or anything may."""
    account = PretendAccount(ACCOUNT)
    stream = ConfiguredStream(StreamId(None, "people"), object_name=object_name)
    form = settings(streams=[{"stream": "people", "fields": [to("a", target)]}])
    (opened,) = open_audiences(account.client, form, [stream], AUDIENCES)
    asked = {path for path in account.asked if not path.endswith("/interests")}
    assert asked == {"/lists/aud1/merge-fields", *more}
    assert [binding.stream for binding in opened.bindings] == [stream]
    if "/lists/aud1/members" in more:
        assert opened.live.permissions == {"Email": "p1"}


def test_check_tries_every_target() -> None:
    """Of the entries' audiences, with the entry's name; the form's own audience is read where there is none."""
    account = PretendAccount(ACCOUNT)
    assert check_mappings(account.client, settings(**NO_AUTOMATIONS), AUDIENCES) == []
    assert account.asked == ["/lists/aud1/merge-fields"]
    entries = [
        {"stream": "a", "fields": [to("x", "vip")], "external_id": "y -> FNAME"},
        {"stream": "b", "audience": "Shop", "fields": [to("x", "FNAME")]},
    ]
    refused = r'fields\[0\] of stream b: "FNAME" is not a merge field in audience "Shop"'
    with pytest.raises(Misconfigured, match=refused):
        check_mappings(account.client, settings(**NO_AUTOMATIONS, streams=entries), AUDIENCES)
    created = settings(**NO_AUTOMATIONS, streams=entries, unmapped_fields="create")
    assert check_mappings(account.client, created, AUDIENCES) == []


def test_check_stops_at_double_opt_in() -> None:
    """An audience that asks people itself is not passed by, whichever entry names it."""
    asking = [Audience("aud1", "News"), Audience("aud2", "Shop", double_optin=True)]
    form = settings(streams=[{"stream": "a"}, {"stream": "b", "audience": "aud2"}])
    with pytest.raises(Misconfigured, match="'Shop' requires new contacts to confirm"):
        check_mappings(PretendAccount(ACCOUNT).client, form, asking)
