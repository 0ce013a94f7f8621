"""What goes where is said once, in one line; a stream without a schema says it after its first record."""

from typing import Any

from source_destination_mailchimp.destination.mapping.compiling import compile_mapping
from source_destination_mailchimp.destination.mapping.mapping_in_use import MOST_SHOWN, MappingInUse
from source_destination_mailchimp.destination.mapping.respelling import RespellingMapper
from source_destination_mailchimp.mailchimp.members import Json
from unit_tests.destination.field_entries import to
from unit_tests.destination.people import LIVE, NOW, STREAM, compiled, settings


def in_use(columns: tuple[str, ...], entry: dict[str, Any] | None = None, **keys: Any) -> MappingInUse:
    """The mapping of a stream with these columns."""
    found = compiled(columns, entry, **keys).in_use
    assert found is not None
    return found


def test_the_line() -> None:
    """Columns by their names, targets as the user would write them, and what is not synced."""
    mapping = in_use(("email", "first_name", "value", "shoe_size", "_ab_cdc_lsn"), {"fields": [to("value", "LTV")]})
    assert mapping.sentence() == "email → email address, value → LTV, first_name → FNAME; not synced: shoe_size"


def test_every_kind_of_target() -> None:
    """A group is called by its name, a column with a setting of its own by what it is read for."""
    fields = [
        to("street", "ADDRESS.addr1"),
        to("g", "group:Colors"),
        to("w", "group:How often/Weekly"),
        to("p", "permission:Email"),
        to("l", "language"),
        to("first + last", "LNAME"),
    ]
    entry = {
        "fields": fields,
        "external_id": "id -> CRMID",
        "tags_field": "t",
        "opt_in_field": "o",
        "opt_out_field": "x",
    }
    entry |= {"consent_time_field": "at", "deleted_field": "gone", "list_size_field": "n", "mirror_tag": "VIP"}
    columns = ("email", "street", "g", "w", "p", "l", "first", "last", "id", "t", "o", "x", "at", "gone", "n")
    mapping = in_use(columns, entry)
    assert [(one.columns, one.target) for one in mapping.mapped] == [
        ("email", "email address"),
        ("street", "ADDRESS.addr1"),
        ("g", "group:Colors"),
        ("w", "group:How often/Weekly"),
        ("p", "permission:Email"),
        ("l", "language"),
        ("first + last", "LNAME"),
        ("id", "CRMID"),
        ("t", "tags"),
        ("o", "opt-in"),
        ("x", "opt-out"),
        ("at", "time of consent"),
        ("gone", "deletion mark"),
        ("n", "size of the list"),
    ]
    assert {one.key for one in mapping.mapped} == {"", "ADDRESS", "LNAME", "CRMID"}
    assert mapping.not_synced == ()


def test_ignored_columns_are_not_missed() -> None:
    """Whoever excludes a column knows that it is not synced."""
    assert in_use(("email", "shoe_size"), {"ignore_fields": ["shoe_size"]}).not_synced == ()


def test_a_wide_table_keeps_its_line_short() -> None:
    """Beyond twenty columns the others are counted."""
    columns = tuple(f"x{number}" for number in range(MOST_SHOWN + 3))
    assert in_use(("email", *columns)).sentence().endswith("x19 and 3 more")


def told(columns: tuple[str, ...]) -> tuple[RespellingMapper, list[tuple[MappingInUse, tuple[str, ...]]]]:
    """A stream's mapper, and what it tells of its mapping."""
    schema: dict[str, Json] = {"properties": {column: {} for column in columns}}
    mapper = RespellingMapper(compile_mapping(STREAM, settings(), None, LIVE, schema, now=lambda: NOW), columns)
    heard: list[tuple[MappingInUse, tuple[str, ...]]] = []
    mapper.when_decided(lambda mapping, warnings: heard.append((mapping, warnings)))
    return mapper, heard


def test_with_a_schema_it_is_told_before_the_first_record() -> None:
    """Nothing has to come for it, and nothing that comes tells it again."""
    mapper, heard = told(("email", "shoe_size"))
    assert [mapping.not_synced for mapping, _ in heard] == [("shoe_size",)]
    mapper.map({"email": "ann@sandbox-people.org"})
    assert len(heard) == 1


def test_without_a_schema_the_first_record_tells_it() -> None:
    """Columns that are not synced are not lost, nor are the warnings; what is no record decides nothing."""
    mapper, heard = told(())
    mapper.map("no record")
    assert heard == []
    for _ in range(2):
        mapper.map({"email": "ann@sandbox-people.org", "first_name": "Ann", "FirstName": "Ann", "shoe_size": 38})
    ((mapping, warnings),) = heard
    assert mapping.sentence() == "email → email address; not synced: first_name, FirstName, shoe_size"
    assert warnings[0].endswith("has no schema, so only the columns of its first record are synced.")
    assert "FNAME" in warnings[1]
