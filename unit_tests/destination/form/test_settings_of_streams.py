"""Settings that name columns and targets stop the run before the first write, with the way out in one sentence."""

from typing import Any

import pytest

from source_destination_mailchimp.destination.mapping.compiling import LiveAudience, compile_mapping
from source_destination_mailchimp.mailchimp.errors import Misconfigured
from source_destination_mailchimp.mailchimp.members import Audience, MergeField
from unit_tests.destination.field_entries import to
from unit_tests.destination.people import FIELDS, LIVE, NOW, STREAM, compiled, entry, settings


@pytest.mark.parametrize(
    ("columns", "keys", "column"),
    [
        (("email", "mail"), {}, "email"),
        (("E-Mail", "mail"), {}, "E-Mail"),
        (("Email Address",), {}, "Email Address"),
        (("EMAIL_ID", "id"), {}, "EMAIL_ID"),
        (("email", "work_email"), {"email_field": "work_email"}, "work_email"),
        (("email", "mail"), {"ignore_fields": ["email"]}, "mail"),
    ],
)
def test_the_address_is_found_by_name(columns: tuple[str, ...], keys: dict[str, Any], column: str) -> None:
    """One column is named like an address, or is named in email_field; `email` wins over the others."""
    found = compiled(columns, keys).map({column: "jane@shop.com"})
    assert found.record == {column: "jane@shop.com"}
    assert getattr(found, "email", None) == "jane@shop.com"


@pytest.mark.parametrize(
    ("columns", "keys", "words"),
    [
        (("id", "name"), {}, ["email_field", "shop.people", '"id", "name"']),
        (("mail", "email_address"), {}, ["email_field", '"mail", "email_address"']),
        (("email", "E-Mail"), {}, ['"email", "E-Mail"']),
        (("email",), {"email_field": "Email"}, ["email_field", '"Email"', 'Did you mean "email"?']),
        (("email", "x"), {"fields": [to("''", "FNAME")]}, ["fields", "does not name a column"]),
        (("email", "x"), {"fields": [to("x", "FNAM")]}, ['"FNAM"', "News", "ADDRESS, BIRTHDAY, CRMID, FNAME"]),
        (("email", "x"), {"fields": [to("x", "EMAIL")]}, ["email_field"]),
        (
            ("email", "x"),
            {"fields": [to("x", "ADDRESS.street")]},
            ['"street"', "addr1, addr2, city, state, zip, country"],
        ),
        (("email", "x"), {"fields": [to("x", "FNAME.first")]}, ["FNAME has no parts"]),
        (("email", "x"), {"fields": [to("x", "group:Shapes")]}, ['"Shapes"', "Colors/Red"]),
        (("email", "x"), {"fields": [to("x", "permission:Fax")]}, ['"Fax"', '"Email", "Direct Mail"']),
        (("email", "x"), {"fields": [to("y", "FNAME")]}, ['"y"', '"email", "x"']),
        (
            ("email", "first name"),
            {"fields": [to("first name", "FNAME")], "tags_field": "nope"},
            ["tags_field", '"nope"'],
        ),
        (("email", "x", "y"), {"fields": [to("x", "FNAME"), to("y", "fname")]}, ["x and y", "FNAME"]),
        (
            ("email", "x", "y"),
            {"fields": [to("x", "group:Colors/Red"), to("y", "Group:colors/red")]},
            ["fields[1]", "x and y", "Group:colors/red", "Keep one of the entries."],
        ),
        (("email", "x", "y"), {"fields": [to("x", "ADDRESS.city"), to("y", "ADDRESS")]}, ["x and y", "ADDRESS"]),
        (("email", "x", "y"), {"fields": [to("x", "ADDRESS"), to("y", "ADDRESS.city")]}, ["x and y", "ADDRESS"]),
        (
            ("email", "x", "y"),
            {"fields": [to("x", "group:Colors/Red"), to("y", "group:Colors")]},
            ["x and y", "Colors"],
        ),
        (("email", "x", "y"), {"fields": [to("x", "CRMID")], "external_id": "y -> CRMID"}, ["x and y", "CRMID"]),
        (("email", "x"), {"external_id": "x -> group:Colors"}, ["external_id", "merge field"]),
        (("email", "x"), {"fields": [to("x", "location.latitude")]}, ["location.longitude", "both"]),
        (("email", "x"), {"fields": [to("x.a", "FNAME")], "ignore_fields": ["x"]}, ["ignore_fields", '"x.a"']),
        (("email", "x"), {"email_field": "x", "ignore_fields": ["x"]}, ["ignore_fields", '"x"']),
        (("email",), {"opt_in_field": "optin"}, ["opt_in_field", '"optin"']),
        (("email",), {"deleted_field": "gone"}, ["deleted_field", '"gone"']),
        (("email",), {"mirror_tag": "m", "list_size_field": "n"}, ["list_size_field", '"n"']),
    ],
)
def test_a_setting_that_cannot_be_followed(columns: tuple[str, ...], keys: dict[str, Any], words: list[str]) -> None:
    """The run stops, and the sentence names the setting, the stream and what there is instead."""
    with pytest.raises(Misconfigured) as caught:
        compiled(columns, keys)
    assert all(word in str(caught.value) for word in words), str(caught.value)


@pytest.mark.parametrize("write", ["if_empty", "only_new"])
@pytest.mark.parametrize("target", ["group:Colors/Red", "group:Colors", "permission:Email", "vip"])
def test_a_no_is_no_empty_value(target: str, write: str) -> None:
    """Groups, permissions and `vip` take no rule that looks for a gap; the sentence names the entry and the way out."""
    fields = [to("x", "FNAME"), to("y", target, write)]
    with pytest.raises(Misconfigured, match=rf"^fields\[1\] of stream shop.people: write .*{write}.* choose always"):
        compiled(("email", "x", "y"), {"fields": fields})
    compiled(("email", "x", "y"), {"fields": [to("x", "FNAME"), to("y", target, "always")]})


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (to("x", "ADDRESS.city"), to("y", "ADDRESS.zip", "only_new")),
        (to("x", "ADDRESS.city", "if_empty"), to("y", "ADDRESS.zip", "always")),
        (to("x", "location.latitude"), to("y", "location.longitude", "if_empty")),
    ],
)
def test_what_is_written_whole_has_one_rule(first: dict[str, str], second: dict[str, str]) -> None:
    """An address is written whole, and so is a place; an entry without a rule has that of `conflict`."""
    with pytest.raises(Misconfigured, match=r"^fields\[1\] of stream shop.people: (ADDRESS|location) is written as a"):
        compiled(("email", "x", "y"), {"fields": [first, second]})


def test_one_rule_for_all_parts_of_an_address() -> None:
    """The same rule is fine, also where one entry names what `conflict` asks for anyway."""
    fields = [to("x", "ADDRESS.city", "if_empty"), to("y", "ADDRESS.zip")]
    mapper = compiled(("email", "x", "y"), {"fields": fields}, conflict="mailchimp_wins")
    assert mapper.writes == {"ADDRESS": "if_empty"}


@pytest.mark.parametrize("columns", [("email", "x", "y"), ()])
def test_the_rules_are_known_before_the_first_record(columns: tuple[str, ...]) -> None:
    """Only entries that say so have a rule of their own, whether there is a schema or not."""
    fields = [to("x", "FNAME", "only_new"), to("y", "location.latitude", "if_empty"), to("z", "LNAME")]
    fields += [to("z", "location.longitude", "if_empty")]
    mapper = compiled((*columns, *("z",) * bool(columns)), {"fields": fields})
    assert mapper.writes == {"FNAME": "only_new", "location": "if_empty"}


def test_parts_of_an_address_may_come_one_by_one() -> None:
    """Different parts of one address, and different groups of one category, are no clash."""
    lines = [
        to("x", "ADDRESS.city"),
        to("y", "ADDRESS.zip"),
        to("z", "group:Colors/Red"),
        to("v", "group:Colors/Blue, dark"),
    ]
    mapper = compiled(("email", *"xyzv"), {"fields": lines})
    assert set(mapper.tracked) == {"ADDRESS", "interest:i-red", "interest:i-blue"}


def test_a_merge_field_called_like_a_property() -> None:
    """LANGUAGE is the merge field where the audience has one, language is always the member's own."""
    live = LiveAudience(Audience("aud1", "News"), (MergeField("LANGUAGE", "Language they learn", "text"),))
    assert compiled(("email", "x"), {"fields": [to("x", "LANGUAGE")]}, live=live).tracked == ("LANGUAGE",)
    assert compiled(("email", "x"), {"fields": [to("x", "language")]}, live=live).tracked == ("language",)
    assert compiled(("email", "x"), {"fields": [to("x", "LANGUAGE")]}).tracked == ("language",)


def test_permissions_of_an_audience_without_them() -> None:
    """A permission cannot be mapped where the audience has none."""
    bare = LiveAudience(Audience("aud1", "News"), FIELDS)
    with pytest.raises(Misconfigured, match="GDPR"):
        compiled(("email", "x"), {"fields": [to("x", "permission:Email")]}, live=bare)


def test_permissions_of_an_empty_audience() -> None:
    """While nobody is in an audience its permissions cannot be read, so any text is taken."""
    empty = LiveAudience(Audience("aud1", "News", marketing_permissions=True), FIELDS)
    mapper = compiled(("email", "x"), {"fields": [to("x", "permission:Email")]}, live=empty)
    assert mapper.tracked == ("permission:Email",)


def test_targets_are_tried_without_a_schema() -> None:
    """A stream without a schema stops at once for a wrong target, and at its first record for a missing address."""
    with pytest.raises(Misconfigured, match="NOPE"):
        compile_mapping(STREAM, settings(), entry(fields=[to("x", "NOPE")]), LIVE, {}, now=lambda: NOW)
    mapper = compile_mapping(STREAM, settings(), None, LIVE, {"type": "object"}, now=lambda: NOW)
    with pytest.raises(Misconfigured, match="email_field"):
        mapper.map({"id": 1})
