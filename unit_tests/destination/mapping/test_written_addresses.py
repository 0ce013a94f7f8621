"""E-mail addresses with what people and tables write around them: the address, or a rejection, never a wrong one."""

from typing import Any

import pytest

from source_destination_mailchimp.destination.mapping.emails import as_email
from source_destination_mailchimp.destination.mapping.values import Unfit


@pytest.mark.parametrize(
    "text",
    [
        "Doe, Jane <jane@shop.com>",
        '"Doe, Jane" <jane@shop.com>',
        "'Doe, Jane' <jane@shop.com>",
        "jane@shop.com <jane@shop.com>",
        '"jane@shop.com" <JANE@shop.com>'.replace("JANE", "jane"),
        "Jane (@jane) <mailto:jane@shop.com>",
        "mailto:jane@shop.com?subject=Hello&cc=joe@shop.com",
        "mailto:jane%40shop.com",
        "jane@shop.com,",
        "jane@shop.com; ",
        ", jane@shop.com",
        "jane@shop.com.",
        "'jane@shop.com",
        "'jane@shop.com'",
        '"jane@shop.com"',
        "\u00a0jane@shop.com\u3000",
        "\u202ajane@shop.com\u202c",
        "\u2066ja\u200dne@sh\u00adop.com\u2069",
        "\U000e0001jane@shop.com\u061c",
        "\x00\x1fjane@shop.com\x7f\x85",
        "ｊａｎｅ＠ｓｈｏｐ．ｃｏｍ",
        "jane@shop.com, jane@shop.com",
        "jane@shop.com;jane@shop.com",
        '["jane@shop.com"]',
        '[ "Jane <jane@shop.com>" ]',
        "ja\u3164ne@shop.com\u2800",
        "jane\ufe0f@shop.com\u034f",
        "\u115fjane@sh\uffa0op.com",
    ],
)
def test_the_address_in_a_text(text: str) -> None:
    """Names, marks, quotes and signs that nobody sees are taken off, and the address is left."""
    assert as_email(text) == "jane@shop.com"


@pytest.mark.parametrize(
    "text",
    [
        "jane@shop.com, joe@shop.com",
        "jane@shop.com joe@shop.com",
        "jane@shop.com;joe@shop.com;",
        "Jane <jane@shop.com>, Joe <joe@shop.com>",
        "joe@shop.com <jane@shop.com>",
        '"joe@shop.com" <jane@shop.com>',
        "mailto:jane@shop.com,joe@shop.com",
    ],
)
def test_two_addresses_are_refused_as_two(text: str) -> None:
    """Nobody knows whose record it is, and the sentence says why."""
    with pytest.raises(Unfit, match="more than one"):
        as_email(text)


@pytest.mark.parametrize(
    "text",
    [
        "jane@shop.co...",
        "jane@shop.co\u2026",
        "jane@shop.\x00com",
        "jane @shop.com",
        "jane\u2011doe@shop.com",
        "jane@shop.com <Jane Doe>",
        "jane@shop.com>",
        "jane\u2019s@shop.com",
        "j***@shop.com",
        "j**e@shop.com",
        "*@shop.com",
        "jane*@shop.com",
        "Jane <j***e@shop.com>",
        '["jane@shop.com", "joe@shop.com"]',
    ],
)
def test_what_may_be_another_address_is_refused(text: str) -> None:
    """A part that is missing, and a sign that should be another, make it somebody else's."""
    with pytest.raises(Unfit):
        as_email(text)


def test_domains_in_other_scripts_stay() -> None:
    """An internationalized domain is an address, also in brackets."""
    assert as_email("Jane <jane@müller.de>,") == "jane@müller.de"


def test_stars_in_a_name_are_not_in_the_address() -> None:
    """Only letters of the address itself may be hidden by them; one in the middle is a letter like any other."""
    assert as_email("** Jane ** <jane@shop.com>") == "jane@shop.com"
    assert as_email("ja*ne@shop.com") == "ja*ne@shop.com"


def test_an_address_in_lists() -> None:
    """A list of one address is that address, an empty one is none, however deep it lies."""
    deep: Any = "jane@shop.com"
    for _ in range(20_000):
        deep = [deep]
    assert as_email(deep) == "jane@shop.com"
    assert as_email([]) == ""
    assert as_email("[]") == ""
    assert as_email("[[]]") == ""
