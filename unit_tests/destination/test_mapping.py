"""Records become contacts."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_mailchimp.destination.mapping import FirstRecordMapper, Mapper
from source_destination_mailchimp.destination.model import Contact, OptIn, Reason, Rejected
from source_destination_mailchimp.mailchimp.members import member_hash
from unit_tests.destination.people import LIVE, STREAM, UNTIMED, compiled, mapped, noted, rejected, schema
from unit_tests.destination.test_values import JSON

JANE: dict[str, Any] = {"email": "jane@shop.com"}


def test_identity() -> None:
    """A contact knows its stream, its record, its address as it came, and the hash that names the member."""
    record = {"email": " Jane@Shop.com "}
    contact = mapped(record)
    assert (contact.stream, contact.record) == (STREAM, record)
    assert contact.email == "Jane@Shop.com"
    assert contact.hash == member_hash("jane@shop.com")


@pytest.mark.parametrize(
    ("record", "merge"),
    [
        ({"fname": "Jane", "Last-Name": "Doe"}, {"FNAME": "Jane", "LNAME": "Doe"}),
        ({"first_name": "Jane", "lifetimeValue": "12.5"}, {"FNAME": "Jane", "LTV": 12.5}),
        (
            {"birthday": "1985-05-17", "joined_at": "2024-05-01T10:00:00Z"},
            {"BIRTHDAY": "05/17", "JOINED": "2024-05-01"},
        ),
        ({"FNAME": "tag", "First Name": "name"}, {"FNAME": "tag"}),
        ({"colour": "red"}, {}),
    ],
)
def test_matching(record: dict[str, Any], merge: dict[str, Any]) -> None:
    """Columns meet merge fields by tag or name, whatever the case, `_`, `-` and spaces; a tag counts first."""
    assert mapped(JANE | record).merge == merge


def test_two_columns_for_one_field() -> None:
    """Where two columns fit equally neither is taken, and the log says so."""
    record = JANE | {"first_name": "Jane", "FirstName": "J."}
    mapper = compiled(tuple(record))
    contact = mapper.map(record)
    assert isinstance(contact, Contact) and contact.merge == {}
    assert any('"first_name", "FirstName"' in warning for warning in mapper.warnings)


def test_nothing_is_matched_when_told_so() -> None:
    """`unmapped_fields: ignore` sends only what is written in fields."""
    contact = mapped(JANE | {"fname": "Jane", "x": "Doe"}, {"fields": ["x -> LNAME"]}, unmapped_fields="ignore")
    assert contact.merge == {"LNAME": "Doe"}


def test_ignored_columns_never_leave() -> None:
    """A column of `ignore_fields`, and a column with an ignored part, is not matched, nor taken for the address."""
    record = {"mail": "old@shop.com", "e-mail": "jane@shop.com", "fname": "Jane", "lname": {"secret": 1}}
    contact = mapped(record, {"ignore_fields": ["fname", "e-mail", "lname.secret"]})
    assert contact.email == "old@shop.com"
    assert contact.merge == {}


@pytest.mark.parametrize(
    ("line", "record", "merge"),
    [
        ("name.first -> FNAME", {"name": {"first": "Jane"}}, {"FNAME": "Jane"}),
        ("name.first -> FNAME", {"name": '{"first": "Jane"}'}, {"FNAME": "Jane"}),
        ("name.first -> FNAME", {"name.first": "flat", "name": {"first": "nested"}}, {"FNAME": "flat"}),
        ('"name.first".x -> FNAME', {"name.first": {"x": "Jane"}}, {"FNAME": "Jane"}),
        ("names.1.v -> FNAME", {"names": [{"v": "J"}, {"v": "Jane"}]}, {"FNAME": "Jane"}),
        ("names.7.v -> FNAME", {"names": []}, {}),
        ("name.first -> FNAME", {"name": None}, {}),
        ("name.first -> FNAME", {"name": "Jane"}, {}),
        ("First Name -> LNAME", {"First Name": "Jane"}, {"LNAME": "Jane"}),
        ("'First Name' 'Last Name' -> LNAME", {"First Name": "Jane", "Last Name": "Doe"}, {"LNAME": "Jane Doe"}),
        ("first last -> fname", {"first": "Jane", "last": " "}, {"FNAME": "Jane"}),
        ("first last -> FNAME", {"first": None, "last": None}, {}),
        ("a -> b -> FNAME", {"a -> b": "Jane"}, {"FNAME": "Jane"}),
    ],
)
def test_lines(line: str, record: dict[str, Any], merge: dict[str, Any]) -> None:
    """A line names columns, nested values, and several to be joined; a column's exact name wins."""
    contact = mapped(JANE | record, {"fields": [line]}, unmapped_fields="ignore")
    assert contact.merge == merge


@pytest.mark.parametrize(
    ("policy", "record", "merge"),
    [
        ("ignore", {"fname": None, "lname": "", "ltv": " "}, {}),
        ("clear", {"fname": None, "lname": "", "ltv": " "}, {"FNAME": "", "LNAME": "", "LTV": ""}),
        ("clear", {"fname": "Jane", "plan": None}, {"FNAME": "Jane", "PLAN": ""}),
    ],
)
def test_empty_values(policy: str, record: dict[str, Any], merge: dict[str, Any]) -> None:
    """null and blanks are left alone, or clear what is there."""
    assert mapped(JANE | record, empty_values=policy).merge == merge


def test_an_absent_column_clears_nothing() -> None:
    """A record that lacks a column says nothing about it, also where null would clear."""
    mapper = compiled(("email", "fname", "lname"), empty_values="clear")
    contact = mapper.map(JANE | {"lname": None})
    assert isinstance(contact, Contact) and contact.merge == {"LNAME": ""}


def test_clearing_beside_merge_fields() -> None:
    """What Mailchimp has an empty value for is cleared; a permission, a place or an e-mail type is not."""
    lines = ["l -> language", "v -> vip", "t -> email_type", "x -> location.latitude", "y -> location.longitude"]
    lines += ["p -> permission:Email", "g -> group:Colors", "w -> group:How often/Weekly", "s -> ADDRESS.addr1"]
    record = JANE | dict.fromkeys("lvtxypgws")
    contact = mapped(record, {"fields": lines}, empty_values="clear")
    assert contact.profile == {"language": "", "vip": False}
    assert contact.interests == {"i-red": False, "i-blue": False, "i-week": False}
    assert (contact.permissions, contact.merge) == ({}, {"ADDRESS": ""})
    untouched = mapped(record, {"fields": lines})
    assert (untouched.profile, untouched.interests, untouched.permissions, untouched.merge) == ({}, {}, {}, {})


def test_a_bad_value_costs_the_value() -> None:
    """A value that does not fit is left out and reported beside the contact, without the value itself."""
    contact = mapped(JANE | {"birthday": "17 o'clock", "fname": "Jane", "ltv": "many"})
    assert contact.merge == {"FNAME": "Jane"}
    assert noted(contact) == [(Reason.VALUE_REJECTED, "BIRTHDAY"), (Reason.VALUE_REJECTED, "LTV")]
    assert "clock" not in contact.notes[0].detail


def test_a_bad_value_costs_the_person_if_told_so() -> None:
    """`invalid_values: reject_record` rejects the record with the field; a cut text and half an address cost nobody."""
    assert rejected(JANE | {"birthday": "?"}, invalid_values="reject_record")[:2] == (Reason.INVALID_VALUE, "BIRTHDAY")
    record = JANE | {"fname": "é" * 200, "city": "Köln"}
    contact = mapped(record, {"fields": ["city -> ADDRESS.city"]}, invalid_values="reject_record")
    assert noted(contact) == [(Reason.TEXT_CUT, "FNAME"), (Reason.ADDRESS_INCOMPLETE, "ADDRESS")]
    assert contact.merge == {"FNAME": "é" * 127}


def test_a_cut_text_of_several_columns() -> None:
    """Joined columns are cut like one."""
    contact = mapped(JANE | {"a": "x" * 200, "b": "y" * 200}, {"fields": ["a b -> FNAME"]})
    assert contact.merge["FNAME"] == "x" * 200 + " " + "y" * 54
    assert noted(contact) == [(Reason.TEXT_CUT, "FNAME")]


ADDRESS_LINES = [
    "a.street a.no -> ADDRESS.addr1",
    "a.city -> ADDRESS.city",
    "a.zip -> ADDRESS.zip",
    "a.land -> ADDRESS.country",
]


def test_address_from_parts() -> None:
    """An address is put together from columns once it is complete."""
    place = {"street": "Main St", "no": 1, "city": "Austin", "zip": "01234", "land": "Canada"}
    contact = mapped(JANE | {"a": place, "st": "TX"}, {"fields": [*ADDRESS_LINES, "st -> ADDRESS.state"]})
    assert contact.merge == {
        "ADDRESS": {"addr1": "Main St 1", "city": "Austin", "state": "TX", "zip": "01234", "country": "CA"}
    }


def test_half_an_address_is_left_alone() -> None:
    """Half an address is neither sent nor cleared; the note says what lacks."""
    record = JANE | {"a": {"street": "Main St", "no": 1, "city": "Austin", "zip": "01234"}, "st": None}
    keys = {"fields": [*ADDRESS_LINES, "st -> ADDRESS.state"]}
    contact = mapped(record, keys, empty_values="clear")
    assert contact.merge == {}
    assert noted(contact) == [(Reason.ADDRESS_INCOMPLETE, "ADDRESS")]
    assert contact.notes[0].detail == "no state"


def test_address_as_a_column() -> None:
    """A column of objects is matched with an address, one of plain texts is not: it would be refused for everybody."""
    home = {"line1": "Main St 1", "city": "Austin", "state": "TX", "zip": "73301"}
    assert mapped(JANE | {"address": home}).merge["ADDRESS"]["addr1"] == "Main St 1"
    mapper = compiled(schema("email", address={"type": ["null", "string"]}))
    contact = mapper.map(JANE | {"address": "Main St 1, Austin"})
    assert isinstance(contact, Contact) and (contact.merge, contact.notes) == ({}, ())
    assert any("ADDRESS.addr1" in warning for warning in mapper.warnings)


def test_properties() -> None:
    """Properties of the member are filled by name."""
    lines = ["l -> language", "v -> VIP", "t -> email_type", "x -> location.latitude", "y -> location.longitude"]
    lines += ["ip -> ip_signup", "at -> timestamp_signup"]
    record = JANE | {"l": "German", "v": 1, "t": "text", "x": "52.5", "y": 13, "ip": "203.0.113.7", "at": 1714602600}
    assert mapped(record, {"fields": lines}).profile == {
        "language": "de",
        "vip": True,
        "email_type": "text",
        "location": {"latitude": 52.5, "longitude": 13.0},
        "ip_signup": "203.0.113.7",
        "timestamp_signup": "2024-05-01T22:30:00+00:00",
    }


@pytest.mark.parametrize(
    ("lines", "record", "interests", "notes"),
    [
        (["c -> group:colors"], {"c": ["RED"]}, {"i-red": True, "i-blue": False}, []),
        (["c -> group:Colors"], {"c": "Red|Blue, dark"}, {"i-red": True}, ["group:Colors"]),
        (["c -> group:Colors"], {"c": "blue, dark"}, {"i-red": False, "i-blue": True}, []),
        (["c -> group:Colors"], {"c": '["Red", "Blue, dark"]'}, {"i-red": True, "i-blue": True}, []),
        (["c -> group:Colors"], {"c": []}, {"i-red": False, "i-blue": False}, []),
        (["c -> group:Colors"], {"c": None}, {}, []),
        (["c -> group:Colors"], {"c": ["Red", "Green"]}, {"i-red": True}, ["group:Colors"]),
        (["c -> group:Colors"], {"c": "Green"}, {}, ["group:Colors"]),
        (["c -> group:Colors/Red"], {"c": "no"}, {"i-red": False}, []),
        (["c -> group:Colors/Red"], {"c": "perhaps"}, {}, ["group:Colors/Red"]),
        (["c -> group:How often"], {"c": "weekly"}, {"i-week": True, "i-month": False}, []),
        (["c -> group:How often"], {"c": ["Weekly", "Monthly"]}, {}, ["group:How often"]),
        (["c -> group:How often/Weekly"], {"c": True}, {"i-week": True, "i-month": False}, []),
        (["c -> group:How often/Weekly"], {"c": False}, {"i-week": False}, []),
        (
            ["c -> group:How often/Weekly", "d -> group:How often/Monthly"],
            {"c": True, "d": False},
            {"i-week": True, "i-month": False},
            [],
        ),
        (
            ["c -> group:How often/Weekly", "d -> group:How often/Monthly"],
            {"c": True, "d": True},
            {},
            ["group:How often/Monthly"],
        ),
    ],
)
def test_groups(lines: list[str], record: dict[str, Any], interests: dict[str, bool], notes: list[str]) -> None:
    """Groups that are mapped are set, no other is touched, and a category for one group holds one at most."""
    contact = mapped(JANE | record, {"fields": lines})
    assert contact.interests == interests
    assert noted(contact) == [(Reason.VALUE_REJECTED, field) for field in notes]


@pytest.mark.parametrize(("value", "given"), [("yes", {"Email": True}), (0, {"Email": False}), (None, {}), ("?", {})])
def test_permissions(value: Any, given: dict[str, bool]) -> None:
    """A marketing permission is given or taken back by a clear answer only."""
    assert mapped(JANE | {"p": value}, {"fields": ["p -> permission:email"]}).permissions == given


@pytest.mark.parametrize(
    ("value", "tags"),
    [
        (["VIP", " new "], ("VIP", "new")),
        ("VIP, new;vip", ("VIP", "new")),
        ('["a, b"]', ("a, b",)),
        ([{"id": 1, "name": "VIP"}], ("VIP",)),
        ('[{"id": 1, "name": "VIP"}]', ("VIP",)),
        ({"name": "x"}, ()),
        (None, ()),
    ],
)
def test_tags(value: Any, tags: tuple[str, ...]) -> None:
    """Tags of a record come from a list in any of its forms."""
    assert mapped(JANE | {"t": value}, {"tags_field": "t"}).tags == tags


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
    """A column that happens to be called opt_in says nothing about consent."""
    assert mapped(JANE | {"opt_in": True}).opt_in is OptIn.NOT_ASKED


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
    assert mapped(JANE | {"id": 7.0}, {"external_id": "id -> LTV"}).external_id == "7"


@pytest.mark.parametrize("email", [None, "", "gone", "jane@shop.com"])
def test_deletion_by_external_id(email: Any) -> None:
    """A deletion without a usable address stands if the stream's own key says who it was."""
    record = {"email": email, "id": 42, "gone": True}
    contact = mapped(record, {"external_id": "id -> CRMID", "deleted_field": "gone"})
    assert contact.external_id == "42" and contact.deleted
    assert (contact.email, contact.hash) == ((email, member_hash(email)) if email == "jane@shop.com" else ("", ""))


def test_tracked_keys() -> None:
    """A mapper says which values of a member its records may write."""
    lines = ["a -> ADDRESS.city", "l -> language", "x -> location.latitude", "y -> location.longitude"]
    lines += ["g -> group:Colors/Red", "w -> group:How often/Weekly", "p -> permission:Email"]
    mapper = compiled(("email", "fname", "id", *"alxygwp"), {"fields": lines, "external_id": "id -> CRMID"})
    assert set(mapper.tracked) == {
        "FNAME",
        "ADDRESS",
        "CRMID",
        "language",
        "location",
        "interest:i-red",
        "interest:i-week",
        "interest:i-month",
        "permission:Email",
    }


def test_warnings() -> None:
    """The log hears which columns go nowhere and, where they are enforced, which required fields nothing feeds."""
    assert compiled(("email", "fname")).warnings == ()
    nowhere = compiled(("email", "colour", "_ab_cdc_lsn", "size")).warnings
    assert len(nowhere) == 1 and '"colour", "size"' in nowhere[0] and "_ab" not in nowhere[0]
    (unfed,) = compiled(("email", "fname"), required_fields="enforce").warnings
    assert "CRMID" in unfed


def test_first_record_decides_without_a_schema() -> None:
    """A stream without a schema is mapped by the columns of its first object."""
    mapper = compiled((), {"fields": ["id -> CRMID"]})
    assert isinstance(mapper, FirstRecordMapper)
    assert {"CRMID", "FNAME", "language", "interest:i-red", "permission:Email"} <= set(mapper.tracked)
    assert isinstance(mapper.map(None), Rejected)
    first = mapper.map({"E-Mail": "jane@shop.com", "first_name": "Jane"})
    assert isinstance(first, Contact) and first.merge == {"FNAME": "Jane"}
    second = mapper.map({"E-Mail": "joe@shop.com", "id": 7})
    assert isinstance(second, Contact) and second.merge == {"CRMID": "7"}


RECORDS = st.dictionaries(
    st.sampled_from(
        ["email", "fname", "birthday", "ltv", "a", "o", "at", "gone", "t", "g", "w", "p", "l", "id", "phone", "x"]
    ),
    JSON | st.sampled_from(["jane@shop.com", "2024-05-01", "yes", "Red", '{"city": "x"}', "4155552671"]),
)
EVERYTHING = {
    "fields": [
        "a.b -> ADDRESS.addr1",
        "a.c -> ADDRESS.country",
        "g -> group:Colors",
        "w -> group:How often/Weekly",
        "p -> permission:Email",
        "l -> language",
        "x at -> LNAME",
        "at -> timestamp_opt",
        "x -> SITE",
        "id -> ZIP",
    ],
    "opt_in_field": "o",
    "consent_time_field": "at",
    "deleted_field": "gone",
    "tags_field": "t",
    "external_id": "id -> CRMID",
}


@UNTIMED
@given(RECORDS | JSON, st.sampled_from(["ignore", "clear"]), st.sampled_from(["reject_value", "reject_record"]))
def test_every_record_is_a_contact_or_rejected(record: Any, empty: str, invalid: str) -> None:
    """Whatever JSON comes, there is one answer and no exception."""
    columns = ("email", "fname", "birthday", "ltv", "phone", *"aogtwplx", "at", "gone", "id")
    mapper = compiled(columns, EVERYTHING, empty_values=empty, invalid_values=invalid)
    assert isinstance(mapper, Mapper)
    found = mapper.map(record)
    assert isinstance(found, Contact | Rejected)
    if isinstance(found, Contact):
        assert found.email or (found.deleted and found.external_id)
        assert all(tag in {field.tag for field in LIVE.merge_fields} for tag in found.merge)
