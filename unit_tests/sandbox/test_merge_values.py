"""What each type of merge field takes."""

from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from source_destination_mailchimp.destination.mapping.fields import TypeName
from source_destination_mailchimp.sandbox.audiences import merge_values
from source_destination_mailchimp.sandbox.audiences.merge_values import READERS, Options, Refused


def test_every_type_that_the_destination_writes_is_read() -> None:
    """The sandbox, which knows nothing of the connectors, has the merge-field types that the destination maps to."""
    missing = set(get_args(TypeName)) - set(READERS)
    assert not missing, f"sandbox/audiences/merge_values.py reads no value of type {missing}"


@given(st.text())
def test_text_is_cut_by_bytes(text: str) -> None:
    """A text keeps its beginning, at most 255 bytes and never half a character (documented, merge-fields)."""
    kept = merge_values.cut(text)
    assert text.startswith(kept)
    assert len(kept.encode()) <= merge_values.TEXT_BYTES
    if kept != text:
        assert len(text[: len(kept) + 1].encode()) > merge_values.TEXT_BYTES


@given(st.sampled_from(sorted(READERS)), st.text() | st.integers() | st.floats(allow_nan=False, allow_infinity=False))
def test_what_is_stored_is_taken_again(kind: str, value: str | int | float) -> None:
    """A value as it is read back is stored again without a change (inferred, G)."""
    options = Options(choices=("a", "b"), phone_format="US")
    try:
        stored = merge_values.read(kind, value, options)
    except Refused:
        return
    assert stored == "" or merge_values.read(kind, stored, options) == stored


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_kept(number: int | float) -> None:
    """Numbers are kept as they are, and so are they as text (inferred, FACTS 8)."""
    assert merge_values.read("number", number, Options()) == number
    assert float(merge_values.read("number", repr(number), Options())) == float(number)  # type: ignore[arg-type]
