"""Columns that are spelled otherwise in the records than in the catalog still arrive."""

from collections.abc import Mapping

import pytest

from source_destination_mailchimp.destination.mapping.compiling import compile_mapping
from source_destination_mailchimp.destination.mapping.respelling import RespellingMapper, new_names
from source_destination_mailchimp.destination.model import Contact
from source_destination_mailchimp.mailchimp.members import Json
from unit_tests.destination.people import LIVE, NOW, STREAM, settings


@pytest.mark.parametrize(
    ("columns", "announced", "wanted"),
    [
        (["fname", "email"], ["FNAME", "email"], {"fname": "FNAME"}),
        (["first_name"], ["First Name"], {"first_name": "First Name"}),
        (["FNAME"], ["FNAME"], {}),
        (["fname", "extra"], ["FNAME"], {"fname": "FNAME"}),
        (["fname"], ["FNAME", "FName"], {}),
        (["fname", "f_name"], ["FNAME"], {}),
        (["fname", "FNAME"], ["FNAME"], {}),
        (["fname"], [], {}),
    ],
)
def test_a_column_is_known_by_the_one_name_it_can_mean(
    columns: list[str], announced: list[str], wanted: Mapping[str, str]
) -> None:
    """A column stands for an announced one of another spelling, unless two could be meant or it is there itself."""
    assert new_names(columns, announced) == wanted


def test_a_lower_case_record_reaches_its_fields() -> None:
    """What PyAirbyte's cache writes in lower case is mapped as the catalog announced it, and kept under those names."""
    schema: dict[str, Json] = {"properties": {"EMAIL": {}, "FNAME": {}, "Last Name": {}}}
    mapper = RespellingMapper(
        compile_mapping(STREAM, settings(), None, LIVE, schema, now=lambda: NOW), schema["properties"]
    )
    for _ in range(2):
        contact = mapper.map({"email": "ann@sandbox-people.org", "fname": "Ann", "last_name": "Lee"})
        assert isinstance(contact, Contact)
        assert contact.merge == {"FNAME": "Ann", "LNAME": "Lee"}
        assert contact.record == {"EMAIL": "ann@sandbox-people.org", "FNAME": "Ann", "Last Name": "Lee"}
