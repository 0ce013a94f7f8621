"""Columns that look like consent: what stops, what is said, and what is counted in a dry run."""

from typing import Any

import pytest

from source_destination_mailchimp.destination.mapping.consent_columns import DOUBTFUL, SAYS_NO, SAYS_YES
from source_destination_mailchimp.destination.model import Contact, OptIn
from source_destination_mailchimp.mailchimp.errors import Misconfigured
from unit_tests.destination.field_entries import to
from unit_tests.destination.people import compiled

REAL = [
    *("HasOptedOutOfEmail", "hs_email_optout", "EMAIL_BLACKLISTED", "donotbulkemail", "is_opt_out", "do_not_email"),
    *("unsubscribed", "unsubscribed_at", "opted_out", "CLEAN_TIME", "UNSUB_TIME", "email_disabled", "Unsubscribed At"),
    *("accepts_marketing", "marketing_opt_in", "Accepts Email Marketing", "subscribed_to_emails"),
    *("unsubscribed_from_emails", "is_do_not_email", "opt_out_date", "opted_out_on"),
    *("properties_hs_email_optout", "PROPERTIES_HS_EMAIL_OPTOUT", "Email_Opt_Out__c", "email_opt_out__c"),
    *("opt.out", "Unsubscribed?", "\ufeffunsubscribed", "Unsubscribed\u00a0At", " e-mail opt/out "),
]
"""Names in exports of real tools."""


def test_the_lists_are_apart_and_about_thirty_names_are_certain() -> None:
    """No name is in two lists, and each is written without case and separators."""
    assert not SAYS_NO & SAYS_YES and not (SAYS_NO | SAYS_YES) & DOUBTFUL
    assert 25 <= len(SAYS_NO | SAYS_YES) <= 40
    assert all(name.isalnum() and name.islower() for name in SAYS_NO | SAYS_YES | DOUBTFUL)


@pytest.mark.parametrize("column", REAL)
def test_a_column_that_nothing_reads_stops_the_run(column: str) -> None:
    """The sentence names the stream, the column and every way out."""
    with pytest.raises(Misconfigured) as caught:
        compiled(("email", column))
    words = ("shop.people", f'"{column}"', "opt_out_field", "opt_in_field", "ignore_fields")
    assert all(word in str(caught.value) for word in words)


@pytest.mark.parametrize("column", REAL)
def test_the_first_record_stops_a_stream_without_a_schema(column: str) -> None:
    """Before anything of it is written."""
    mapper = compiled(())
    with pytest.raises(Misconfigured, match="looks like consent"):
        mapper.map({"email": "jane@shop.com", column: None})


@pytest.mark.parametrize("column", ["unsubscribed_at", "HasOptedOutOfEmail"])
def test_a_later_record_stops_a_stream_without_a_schema(column: str) -> None:
    """Document databases keep the column only for those who left: it stops the run before that record is written."""
    mapper = compiled(())
    assert isinstance(mapper.map({"email": "ann@shop.com"}), Contact)
    assert isinstance(mapper.map({"email": "bea@shop.com", "shoe_size": 39}), Contact)
    with pytest.raises(Misconfigured, match="looks like consent"):
        mapper.map({"email": "jane@shop.com", column: "2024-05-01"})
    named = compiled((), {"opt_out_field": column})
    assert isinstance(named.map({"email": "ann@shop.com"}), Contact)
    left = named.map({"email": "jane@shop.com", column: "2024-05-01"})
    assert isinstance(left, Contact) and left.opt_in is OptIn.NO


@pytest.mark.parametrize("form", [{"new_member_status": "pending"}, {"dry_run": True}])
def test_a_later_column_stops_nothing_where_nobody_is_subscribed(form: dict[str, Any]) -> None:
    """Nor in a dry run."""
    mapper = compiled((), **form)
    mapper.map({"email": "ann@shop.com"})
    assert isinstance(mapper.map({"email": "jane@shop.com", "unsubscribed_at": "2024-05-01"}), Contact)


@pytest.mark.parametrize(
    "keys",
    [
        {"opt_out_field": "unsubscribed_at"},
        {"ignore_fields": ["unsubscribed_at"]},
        {"deleted_field": "unsubscribed_at"},
        {"fields": [to("unsubscribed_at", "JOINED")]},
        {"fields": [to("name + unsubscribed_at", "FNAME")]},
        {"opt_out_field": " unsubscribed_at "},
        {"opt_out_field": '"unsubscribed_at"'},
        {"ignore_fields": ['"unsubscribed_at"']},
        {"opt_out_field": "unsubscribed_at.date"},
        {"tags_field": "unsubscribed_at"},
    ],
)
def test_a_column_that_a_setting_reads_stops_nothing(keys: dict[str, Any]) -> None:
    """Whatever reads it, the user has seen it."""
    columns = ("email", "name", "unsubscribed_at")
    assert not [one for one in compiled(columns, keys).warnings if "consent" in one]


@pytest.mark.parametrize(
    "column", ["unsubscribed_reason", "my_opt_out_page", "last_unsubscribed", "optician", "opt_in_ip"]
)
def test_only_whole_names_count(column: str) -> None:
    """A name that only holds such a word is no consent."""
    assert not [one for one in compiled(("email", column)).warnings if "consent" in one]


@pytest.mark.parametrize("status", ["pending", "unsubscribed", "transactional", "do_not_add"])
def test_where_nobody_is_subscribed_it_is_said(status: str) -> None:
    """With any other status for new people, and for doubtful names, it is a warning."""
    (sentence,) = [
        one for one in compiled(("email", "opted_out"), new_member_status=status).warnings if "consent" in one
    ]
    assert '"opted_out"' in sentence
    found = [one for one in compiled(("email", "Newsletter")).warnings if "may say whether" in one]
    assert len(found) == 1 and '"Newsletter"' in found[0]


@pytest.mark.parametrize("column", ["hs_email_optout_71775006", "OPTIN_TIME", "is_blacklisted", "consent", "opted_in"])
def test_doubtful_names_stop_nothing(column: str) -> None:
    """A no to one type of emails, or a name that often means something else, is for the user to judge."""
    (sentence,) = [one for one in compiled(("email", column)).warnings if "may say whether" in one]
    assert f'"{column}"' in sentence


@pytest.mark.parametrize("column", ["HasOptedOutOfEmail", "unsubscribed_at", "opted-out"])
def test_a_no_column_is_no_opt_in_column(column: str) -> None:
    """Its yes would subscribe exactly those who said no."""
    with pytest.raises(Misconfigured, match=r"^opt_in_field of stream shop.people: .* opt_out_field"):
        compiled(("email", column), {"opt_in_field": column})


@pytest.mark.parametrize("named", ["properties.hs_email_optout", '"unsubscribed"', "unsubscribed "])
def test_a_no_column_is_seen_however_it_is_named(named: str) -> None:
    """As a path inside an object, and in quotes."""
    with pytest.raises(Misconfigured, match="means that the contact opted out"):
        compiled(("email", "properties", "unsubscribed"), {"opt_in_field": named, "ignore_fields": []})


@pytest.mark.parametrize(
    "named", ["accepts_marketing", "email_marketing_consent", "customer.accepts_marketing", "opt_in", "Opted In"]
)
def test_a_yes_column_is_no_opt_out_column(named: str) -> None:
    """Its no would ask nothing of those who said it, and they would be added."""
    with pytest.raises(Misconfigured, match=r"^opt_out_field of stream shop.people: .* opt_in_field instead"):
        columns = ("email", "customer", "accepts_marketing", "email_marketing_consent", "opt_in", "Opted In")
        compiled(columns, {"opt_out_field": named})


@pytest.mark.parametrize(
    ("opt_in", "opt_out"),
    [("ok", "ok"), ('"ok"', "ok"), (" ok", "ok "), ("a.ok", "a.'ok'"), ("caf\u00e9", "cafe\u0301")],
)
def test_one_column_cannot_mean_both(opt_in: str, opt_out: str) -> None:
    """However it is spelled in the two settings; the entry is named, also where the stream has no schema."""
    keys = {"opt_in_field": opt_in, "opt_out_field": opt_out}
    with pytest.raises(Misconfigured, match=r"^opt_out_field of stream shop.people names the same column"):
        compiled(("email", "ok", "a", "caf\u00e9"), keys)
    if opt_in.isascii():
        with pytest.raises(Misconfigured, match=r"^opt_out_field of stream shop.people names the same column"):
            compiled((), keys)


def test_a_dry_run_counts_who_said_no() -> None:
    """It goes on, and says how many records say no in each column."""
    mapper = compiled(("email", "unsubscribed_at", "accepts_marketing"), dry_run=True)
    for left, accepts in (("2024-05-01", "yes"), (None, "no"), ("9999-12-31", False), ("", None)):
        mapper.map({"email": "jane@shop.com", "unsubscribed_at": left, "accepts_marketing": accepts})
    first, second = mapper.said_no()
    assert "1 of 4 records" in first and "unsubscribed_at" in first
    assert "2 of 4 records" in second
    assert list(compiled(("email",)).said_no()) == []
