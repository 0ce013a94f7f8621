"""IDs that are derived instead of stored."""

from hypothesis import given
from hypothesis import strategies as st

from source_destination_mailchimp.sandbox.account import ids

AUDIENCES = st.text("0123456789abcdef", min_size=10, max_size=10)
HEX32 = st.text("0123456789abcdef", min_size=32, max_size=32)


@given(AUDIENCES, st.integers(1, 2**40 - 1))
def test_contact_id_holds_the_member(audience: str, web_id: int) -> None:
    """A contact_id is 32 hex digits, and leads back to its member in its audience alone (inferred, FACTS 6.1)."""
    contact = ids.contact_id(audience, web_id)
    assert len(contact) == 32
    assert ids.web_id_in(audience, contact) == web_id
    assert ids.web_id_in(audience + "0", contact) is None


@given(AUDIENCES, HEX32)
def test_other_hex_is_no_contact(audience: str, other: str) -> None:
    """Any other 32 hex digits, such as a hash, lead to nobody (inferred, FACTS 6.1)."""
    assert ids.web_id_in(audience, other) is None


def test_unique_email_id_ignores_case() -> None:
    """unique_email_id is the same for one address everywhere (documented, S)."""
    assert ids.unique_email_id("Ann@Grouparoo.com") == ids.unique_email_id("ann@grouparoo.com")
