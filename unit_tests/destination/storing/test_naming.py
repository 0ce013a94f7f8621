"""Files are called as the form says, and never lie outside their folder."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from source_destination_mailchimp.destination.form.settings import FILE_NAME_FORMAT, PATH_FORMAT, S3Store
from source_destination_mailchimp.destination.model import StreamId
from source_destination_mailchimp.destination.storing.naming import Naming, safe_name
from source_destination_mailchimp.mailchimp.errors import Misconfigured

STARTED = datetime(2026, 3, 5, 7, 8, 9, 123000, tzinfo=UTC)
NAMING = Naming("rejected/", PATH_FORMAT, FILE_NAME_FORMAT, 42, STARTED)
USERS = StreamId("shop", "users")


def test_a_key_is_where_the_platform_looks_for_it() -> None:
    """The link in Airbyte leads to bucket_path/job/, and the defaults are the platform's."""
    assert NAMING.key(USERS, 1, ".csv") == "rejected/42/shop/users/2026_03_05_1772694489123_1.csv"


def test_the_defaults_of_the_form_are_ours() -> None:
    """A folder on the disk is laid out like a bucket."""
    assert (S3Store(s3_bucket_name="b").path_format, S3Store(s3_bucket_name="b").file_name_format) == (
        PATH_FORMAT,
        FILE_NAME_FORMAT,
    )


def test_what_is_not_known_leaves_no_hole() -> None:
    """Without a namespace, a job or a prefix its folder is left out."""
    naming = replace(NAMING, prefix="", sync_id=None)
    assert naming.key(StreamId(None, "users"), 2, ".jsonl.gz") == "users/2026_03_05_1772694489123_2.jsonl.gz"


def test_both_spellings_of_placeholders_are_understood() -> None:
    """Older destinations of the platform write ${NAMESPACE}, newer ones {namespace}."""
    naming = replace(NAMING, path_format="${NAMESPACE}/${YEAR}/${MONTH}/${DAY}", file_name_format="{part_number}")
    naming.check()
    assert naming.key(USERS, 3, ".csv") == "rejected/shop/2026/03/05/3"


@pytest.mark.parametrize(
    ("setting", "value", "named"),
    [
        ("path_format", "{stream}/", "{stream}"),
        ("path_format", "{timestamp:millis}/", "{timestamp:millis}"),
        ("file_name_format", "{part_number}{ext}", "{ext}"),
        ("file_name_format", "{date}{format_extension}", "{part_number}"),
    ],
)
def test_a_format_that_cannot_work_is_refused_by_name(setting: str, value: str, named: str) -> None:
    """An unknown placeholder, or a name that every part would share, stops before anything is written."""
    naming = {"path_format": replace(NAMING, path_format=value)}.get(setting, replace(NAMING, file_name_format=value))
    with pytest.raises(Misconfigured, match=rf"object_storage_config\.{setting}") as caught:
        naming.check()
    assert named in str(caught.value)


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "..", ".", "/etc", "a/b", "a\\b", ".hidden", "a\x00b", "x" * 300, "c:d", "${date}"]
)
def test_a_stream_cannot_climb_out_of_its_folder(name: str) -> None:
    """A name is one part of a path, never a path."""
    key = NAMING.key(StreamId(name, name), 1, ".csv").split("/")
    assert key[:2] == ["rejected", "42"]
    assert len(key) == 5
    assert not {"", ".", ".."} & set(key)
    assert all(len(part) < 120 for part in key)


ALIKE = st.text("a/:_.", max_size=4)


@given(st.text(max_size=30) | ALIKE, st.text(max_size=30) | ALIKE)
@example("a/b", "a_b")
@example("x" * 101, "x" * 102)
def test_two_streams_never_share_a_name(one: str, other: str) -> None:
    """Names that had to be changed stay apart."""
    if one != other:
        assert safe_name(one) != safe_name(other)


@given(st.text(min_size=1))
def test_safe_names_are_parts_of_a_path(name: str) -> None:
    """No separator, no leading dot, nothing that a file system refuses."""
    safe = safe_name(name)
    assert safe
    assert not safe.startswith(".")
    assert not set(safe) & set("/\\\0:*?")


def test_ordinary_names_stay_as_they_are() -> None:
    """Letters of any alphabet, digits, blanks, dots and dashes need no change."""
    assert [safe_name(name) for name in ("users", "Käufer 2.0", "顧客", "a-b_c")] == [
        "users",
        "Käufer 2.0",
        "顧客",
        "a-b_c",
    ]
