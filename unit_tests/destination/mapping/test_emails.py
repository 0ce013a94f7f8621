"""Which text is an address, and how it is written."""

from typing import Any

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from source_destination_mailchimp.destination.mapping.emails import as_email
from source_destination_mailchimp.destination.mapping.values import Unfit
from unit_tests.destination.people import UNTIMED


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("Jane.Doe+news@Shop.co.uk", "Jane.Doe+news@Shop.co.uk"),
        ("  jane@shop.com\t", "jane@shop.com"),
        ("jane@example.com", "jane@example.com"),
        ("jane@shop.test", "jane@shop.test"),
        ("o'neil@shop.com", "o'neil@shop.com"),
        ("mailto:jane@shop.com", "jane@shop.com"),
        ("MAILTO: jane@shop.com", "jane@shop.com"),
        ("<jane@shop.com>", "jane@shop.com"),
        ("Jane Doe <jane@shop.com>", "jane@shop.com"),
        ("\ufeffjane@shop.com\u200b", "jane@shop.com"),
        ("jane@müller.de", "jane@müller.de"),
        ("jane@xn--mller-kva.de", "jane@xn--mller-kva.de"),
        ('"jane doe"@shop.com', '"jane doe"@shop.com'),
        (["jane@shop.com"], "jane@shop.com"),
        (None, ""),
        ("  ", ""),
        ("mailto:", ""),
    ],
)
def test_address(value: Any, address: str) -> None:
    """An address is taken as it came, without what stands around it."""
    assert as_email(value) == address


@pytest.mark.parametrize(
    "value",
    [
        "jane",
        "jane@",
        "@shop.com",
        "jane@shop",
        "jane@@shop.com",
        "jane@shop..com",
        ".jane@shop.com",
        "jane..doe@shop.com",
        "jane@-shop.com",
        "a@b.com, c@d.com",
        "jane@" + "a" * 64 + ".com",
        "jane@" + "shop." * 60 + "com",
        ["a@b.com", "c@d.com"],
        {"email": "a@b.com"},
        5,
        True,
        "jane@shop.com\ud800",
    ],
)
def test_no_address(value: Any) -> None:
    """Two addresses in one, and texts that can be none, are refused."""
    with pytest.raises(Unfit):
        as_email(value)


LABEL = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9]{0,8}[A-Za-z0-9])?", fullmatch=True)


@UNTIMED
@given(
    st.lists(st.from_regex(r"[A-Za-z0-9_+-][A-Za-z0-9_'+-]{0,11}", fullmatch=True), min_size=1, max_size=3),
    st.lists(LABEL, min_size=1, max_size=3),
)
def test_the_fast_path_agrees_with_the_library(local: list[str], labels: list[str]) -> None:
    """An ordinary address that is taken at once is one the library takes too."""
    address = f"{'.'.join(local)}@{'.'.join([*labels, 'com'])}"
    assert as_email(address) == address
    validate_email(address, check_deliverability=False, test_environment=True, globally_deliverable=False)


@UNTIMED
@given(st.from_regex(r"[A-Za-z0-9.@_ -]{0,20}", fullmatch=True))
def test_neither_more_nor_less_than_the_library(text: str) -> None:
    """Over letters, dots and signs, this and the library accept the same texts."""
    try:
        mine = as_email(text)
    except Unfit:
        mine = ""
    try:
        theirs = validate_email(text.strip(), check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        theirs = ""
    if "--" not in text:  # the library also knows which labels the registries keep back
        assert bool(mine) == bool(theirs)
