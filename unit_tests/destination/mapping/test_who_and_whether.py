"""Who a record is about, what they answered, and whether they are gone."""

from decimal import Decimal
from typing import Any

import pytest

from source_destination_mailchimp.destination.model import Contact, OptIn, Reason, Rejected
from source_destination_mailchimp.mailchimp.members import member_hash
from unit_tests.destination.people import compiled, mapped, noted, rejected

JANE: dict[str, Any] = {"email": "jane@shop.com"}


@pytest.mark.parametrize(
    ("record", "opt_in", "notes"),
    [
        ({"o": "Yes"}, OptIn.YES, []),
        ({"o": 0}, OptIn.NO, []),
        ({"o": None}, OptIn.MISSING, []),
        ({"o": "perhaps"}, OptIn.MISSING, [(Reason.OPT_IN_UNREADABLE, "o")]),
    ],
)
def test_opt_in(record: dict[str, Any], opt_in: OptIn, notes: list[tuple[Reason, str]]) -> None:
    """The answer is yes, no, or missing; one that nobody can read is missing and reported."""
    contact = mapped(JANE | record, {"opt_in_field": "o"})
    assert (contact.opt_in, noted(contact)) == (opt_in, notes)


def test_opt_in_is_not_asked_without_its_setting() -> None:
    """A column that happens to be called opt_in says nothing about consent where the user says so."""
    assert mapped(JANE | {"opt_in": True}, {"ignore_fields": ["opt_in"]}).opt_in is OptIn.NOT_ASKED


def test_consent_time() -> None:
    """The time of the answer is read, or missing and reported: then nobody is brought back."""
    keys = {"opt_in_field": "o", "consent_time_field": "at"}
    assert mapped(JANE | {"o": 1, "at": "2024-05-01T22:30:00"}, keys).consent_seconds == 1714602600
    contact = mapped(JANE | {"o": 1, "at": "recently"}, keys)
    assert contact.consent_seconds is None
    assert noted(contact) == [(Reason.VALUE_REJECTED, "at")]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"email": None}, Reason.NO_EMAIL),
        ({"email": " "}, Reason.NO_EMAIL),
        ({"email": "jane"}, Reason.INVALID_EMAIL),
        ({"email": "jane", "_ab_cdc_deleted_at": None}, Reason.INVALID_EMAIL),
        ({"email": "", "_ab_cdc_deleted_at": "2024-05-01T00:00:00Z"}, Reason.DELETION_WITHOUT_ADDRESS),
        ({"email": "jane", "_ab_cdc_deleted_at": "2024-05-01T00:00:00Z"}, Reason.INVALID_EMAIL),
    ],
)
def test_no_person(record: dict[str, Any], reason: Reason) -> None:
    """A record without a usable address is rejected for that."""
    assert rejected(record)[:2] == (reason, "email")


@pytest.mark.parametrize("record", [None, "text", 5, [], [JANE]])
@pytest.mark.parametrize("columns", [("email",), ()])
def test_no_record(record: Any, columns: tuple[str, ...]) -> None:
    """What is no object is rejected, also as the first of a stream without a schema."""
    found = compiled(columns).map(record)
    assert isinstance(found, Rejected) and found.note.reason is Reason.NOT_A_RECORD


def test_deletion_by_change_data_capture() -> None:
    """A record with a time in `_ab_cdc_deleted_at` is a deletion; none of its values can stand in the way."""
    record = JANE | {"_ab_cdc_deleted_at": "2024-05-01T00:00:00Z", "birthday": "?", "t": "VIP"}
    contact = mapped(record, {"tags_field": "t"}, invalid_values="reject_record")
    assert contact.deleted and contact.merge == {} and contact.notes == () and contact.tags == ("VIP",)
    assert not mapped(JANE | {"_ab_cdc_deleted_at": None}).deleted
    assert not mapped(JANE | {"_ab_cdc_deleted_at": ""}).deleted


@pytest.mark.parametrize(
    ("answer", "opt_in"), [("no", OptIn.NO), ("yes", OptIn.NOT_ASKED), ("?", OptIn.NOT_ASKED), (None, OptIn.NOT_ASKED)]
)
def test_only_a_no_counts_on_a_deleted_record(answer: Any, opt_in: OptIn) -> None:
    """Whoever is deleted asks for no mail."""
    record = JANE | {"_ab_cdc_deleted_at": "2024-05-01T00:00:00Z", "ok": answer}
    assert mapped(record, {"opt_in_field": "ok"}).opt_in is opt_in


@pytest.mark.parametrize(
    ("opt_in", "opt_out", "no", "living", "deleted"),
    [
        ("yes", None, "unsubscribe", OptIn.YES, OptIn.NOT_ASKED),
        ("yes", True, "unsubscribe", OptIn.NO, OptIn.NO),
        ("no", False, "unsubscribe", OptIn.NO, OptIn.NO),
        ("no", False, "leave", OptIn.UNCHECKED, OptIn.NOT_ASKED),
        ("no", "2024-05-01", "leave", OptIn.NO, OptIn.NO),
        ("yes", "?", "leave", OptIn.MISSING, OptIn.NOT_ASKED),
        ("no", "?", "unsubscribe", OptIn.NO, OptIn.NO),
        (None, None, "leave", OptIn.MISSING, OptIn.NOT_ASKED),
    ],
)
def test_two_columns_of_consent(opt_in: Any, opt_out: Any, no: str, living: OptIn, deleted: OptIn) -> None:
    """Either no wins, also on a record that is deleted; `opt_in_no: leave` never weakens an opt-out."""
    keys = {"opt_in_field": "ok", "opt_out_field": "left", "opt_in_no": no, "deleted_field": "gone"}
    record = JANE | {"ok": opt_in, "left": opt_out, "gone": False}
    assert mapped(record, keys).opt_in is living
    assert mapped(record | {"gone": True}, keys).opt_in is deleted


def test_an_opt_out_column_that_a_record_lacks() -> None:
    """Nobody knows what it would say: strangers are not added, and it is reported."""
    mapper = compiled(("email", "left"), {"opt_out_field": "left"})
    contact = mapper.map({"email": "jane@shop.com"})
    assert isinstance(contact, Contact)
    assert contact.opt_in is OptIn.MISSING
    assert noted(contact) == [(Reason.OPT_IN_UNREADABLE, "left")]


@pytest.mark.parametrize("email", ["", "jane"])
def test_a_deletion_that_is_rejected_says_that_it_is_one(email: str) -> None:
    """So that no list counts it among its people."""
    found = compiled(("email",)).map({"email": email, "_ab_cdc_deleted_at": "2024-05-01T00:00:00Z"})
    assert isinstance(found, Rejected) and found.deleted
    living = compiled(("email",)).map({"email": email})
    assert isinstance(living, Rejected) and not living.deleted


@pytest.mark.parametrize(
    ("mark", "deleted"), [(True, True), ("2024-05-01", True), (False, False), (None, False), (0, False)]
)
def test_deletion_by_a_column(mark: Any, deleted: bool) -> None:
    """`deleted_field` is a boolean or a time."""
    assert mapped(JANE | {"gone": mark}, {"deleted_field": "gone"}).deleted is deleted


def test_deletion_nobody_can_read() -> None:
    """A record whose deletion mark cannot be read is rejected: neither removed nor added."""
    assert rejected(JANE | {"gone": "?"}, {"deleted_field": "gone"})[:2] == (Reason.INVALID_VALUE, "gone")


def test_external_id() -> None:
    """The stream's own key goes to the contact and into its merge field."""
    contact = mapped(JANE | {"id": 42}, {"external_id": "id -> CRMID"})
    assert (contact.external_id, contact.merge) == ("42", {"CRMID": "42"})
    assert mapped(JANE | {"id": None}, {"external_id": "id -> CRMID"}).external_id == ""
    assert mapped(JANE | {"id": 7}, {"external_id": "id -> LTV"}).external_id == "7"
    for key in (123456789012345678901, 123456789012345678999):
        assert mapped(JANE | {"id": key}, {"external_id": "id -> CRMID"}).external_id == str(key)


@pytest.mark.parametrize("tag", ["CRMID", "LTV"])
@pytest.mark.parametrize("gone", [True, False])
@pytest.mark.parametrize(
    "key",
    [
        *(7.0, 1.5, 1e21, float("nan"), Decimal("12345678901234567890.5"), Decimal("NaN")),
        *(True, False, [7], ["a", "b"], {"$oid": "7"}, "7\ud83d", "7\ufffd", "7\x00"),
    ],
)
def test_what_may_be_two_ids_is_none(key: Any, tag: str, gone: bool) -> None:
    """Digits or letters may be lost, or many have the same: nobody is written, renamed or removed for it."""
    record = JANE | {"id": key, "gone": gone}
    keys = {"external_id": f"id -> {tag}", "deleted_field": "gone"}
    assert rejected(record, keys)[:2] == (Reason.INVALID_EXTERNAL_ID, tag)


@pytest.mark.parametrize("key", ["007", "7.0", "+7", "1e3", "9007199254740993"])
def test_a_key_that_its_field_would_change_is_no_external_id(key: str) -> None:
    """In a number field 007 and 7 would be one contact's; a text field keeps them apart."""
    assert rejected(JANE | {"id": key}, {"external_id": "id -> LTV"})[:2] == (Reason.INVALID_EXTERNAL_ID, "LTV")
    assert mapped(JANE | {"id": key}, {"external_id": "id -> CRMID"}).external_id == key


@pytest.mark.parametrize("key", ["NULL", "None", "\\N", "n/a", "-", "00000000-0000-0000-0000-000000000000", " "])
def test_what_stands_for_no_id_is_no_id(key: Any) -> None:
    """Of people without a key none is renamed to the next one's address; 0 is a key like any other."""
    contact = mapped(JANE | {"id": key}, {"external_id": "id -> CRMID"})
    assert (contact.external_id, contact.merge) == ("", {})
    assert mapped(JANE | {"id": 0}, {"external_id": "id -> CRMID"}).external_id == "0"


@pytest.mark.parametrize("key", ["\ufeff42\u200b", " 42\t", 42])
def test_nothing_invisible_makes_another_id(key: Any) -> None:
    """Blanks and signs that nobody sees around a key do not make a second contact."""
    assert mapped(JANE | {"id": key}, {"external_id": "id -> CRMID"}).external_id == "42"


def test_a_key_that_a_number_field_would_change_is_no_external_id() -> None:
    """A number field keeps doubles, in which two long keys become one; a text field keeps them apart."""
    record = JANE | {"id": 123456789012345678901}
    assert rejected(record, {"external_id": "id -> LTV"})[:2] == (Reason.INVALID_EXTERNAL_ID, "LTV")
    assert mapped(record, {"external_id": "id -> CRMID"}).external_id == "123456789012345678901"


def test_half_a_character_is_in_no_address() -> None:
    """An address without its damaged part may be somebody else's, so the record is rejected."""
    for email in ("jo\ud83dhn@shop.com", "john@shop.com\udc00", "j\ufffdrg@shop.com"):
        assert rejected({"email": email})[:2] == (Reason.INVALID_EMAIL, "email")


@pytest.mark.parametrize("email", [None, "", "gone", "jane@shop.com"])
def test_deletion_by_external_id(email: Any) -> None:
    """A deletion without a usable address stands if the stream's own key says who it was."""
    record = {"email": email, "id": 42, "gone": True}
    contact = mapped(record, {"external_id": "id -> CRMID", "deleted_field": "gone"})
    assert contact.external_id == "42" and contact.deleted
    assert (contact.email, contact.hash) == ((email, member_hash(email)) if email == "jane@shop.com" else ("", ""))
