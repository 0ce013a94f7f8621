"""Every merge-field type: what it takes, what is sent, what is refused."""

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_mailchimp.destination.mapping.digests import digest
from source_destination_mailchimp.destination.mapping.fields import TYPES, TypeName, converter
from source_destination_mailchimp.destination.mapping.invisible import trimmed
from source_destination_mailchimp.destination.mapping.values import Cut, Unfit
from source_destination_mailchimp.mailchimp.members import MergeField
from unit_tests.destination.mapping.test_values import JSON
from unit_tests.destination.people import UNTIMED

US = MergeField("PHONE", "Phone", "phone", phone_format="US")
WORLD = MergeField("PHONE", "Phone", "phone", phone_format="none")
PLAN = MergeField("PLAN", "Plan", "radio", choices=("Free", "Pro", "Größe L"))
VOTES = MergeField("VOTES", "Votes", "dropdown", choices=("Yes", "No", "Abstains"))
ADDRESS = MergeField("ADDRESS", "Address", "address", default_country=59)
HOME = {"addr1": "Hauptstr. 1", "city": "Köln", "state": "NRW", "zip": "01067"}


def of(kind: str) -> MergeField:
    """A merge field of a type, with nothing set up."""
    return MergeField("TAG", "Name", kind, choices=("A",) if kind in ("radio", "dropdown") else ())


SENT = [
    (of("text"), "  Jane ", "Jane"),
    (of("text"), 5.0, "5"),
    (of("text"), ["a", "b"], "a, b"),
    (of("text"), {"a": 1}, '{"a":1}'),
    (of("something new"), True, "true"),
    (of("number"), "12.50", 12.5),
    (of("number"), "", ""),
    (of("date"), "2024-05-01T23:59:00-08:00", "2024-05-01"),
    (MergeField("D", "D", "date", date_format="DD/MM/YYYY"), "05/06/2024", "2024-06-05"),
    (MergeField("D", "D", "date", date_format="MM/DD/YYYY"), "05/06/2024", "2024-05-06"),
    (MergeField("B", "B", "birthday", date_format="DD/MM"), "1985-12-31", "12/31"),
    (MergeField("B", "B", "birthday", date_format="DD/MM"), "05/06/1985", "06/05"),
    (US, "4155552671", "(415) 555-2671"),
    (US, "+1 415-555-2671", "(415) 555-2671"),
    (US, "1 (415) 555.2671", "(415) 555-2671"),
    (US, 4155552671, "(415) 555-2671"),
    (US, "(415) 555-2671", "(415) 555-2671"),
    (US, "tel:415-555-2671", "(415) 555-2671"),
    (WORLD, "+5583999999999", "+5583999999999"),
    (WORLD, "+49 (0) 171 1234567", "+491711234567"),
    (WORLD, "0049 171 1234567", "+491711234567"),
    (WORLD, "0171 1234567", "0171 1234567"),
    (WORLD, "001-555-0100x123", "001-555-0100x123"),
    (WORLD, "(415) 555-2671 ext. 9", "(415) 555-2671 ext. 9"),
    (WORLD, 491711234567, "491711234567"),
    (of("zip"), "94107", "94107"),
    (of("zip"), 501, "00501"),
    (of("zip"), 2134.0, "02134"),
    (of("zip"), "94107-1234", "94107"),
    (of("url"), " https://shop.com/a?b=c ", "https://shop.com/a?b=c"),
    (of("imageurl"), "HTTP://shop.com/a.png", "HTTP://shop.com/a.png"),
    (PLAN, " PRO ", "Pro"),
    (PLAN, "größe l", "Größe L"),
    (PLAN, "", ""),
    (VOTES, True, "Yes"),
    (VOTES, "f", "No"),
    (VOTES, 0, "No"),
    (ADDRESS, HOME, HOME | {"country": "DE"}),
    (ADDRESS, HOME | {"country": "Österreich"}, HOME | {"country": "AT"}),
    (
        ADDRESS,
        '{"street": "Hauptstr. 1", "City": "Köln", "region": "NRW", "postal_code": "01067"}',
        HOME | {"country": "DE"},
    ),
    (ADDRESS, {"addr1": "", "city": None, "country": "DE"}, ""),
    (ADDRESS, "", ""),
    (ADDRESS, HOME | {"addr2": "  "}, HOME | {"country": "DE"}),
]


@pytest.mark.parametrize("kind", get_args(TypeName))
def test_every_type_has_a_value_that_is_sent(kind: TypeName) -> None:
    """The table above leaves no merge-field type out."""
    assert kind in {field.type for field, _, _ in SENT}


@pytest.mark.parametrize(("field", "value", "sent"), SENT)
def test_sent(field: MergeField, value: Any, sent: Any) -> None:
    """Values of every kind become what Mailchimp takes for the type."""
    assert converter(field)(value) == sent


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (of("number"), "1,234"),
        (of("number"), [1, 2]),
        (of("date"), "soon"),
        (of("birthday"), "31/12"),
        (US, "+49 171 1234567"),
        (US, "555-2671"),
        (US, "001-555-0100x123"),
        (US, "(415) 555-2671 x5"),
        (US, "115-555-2671"),
        (WORLD, "call me"),
        (WORLD, "12"),
        (WORLD, "jane@shop.com"),
        (of("zip"), "2134"),
        (of("zip"), "SW1A 1AA"),
        (of("url"), "www.shop.com"),
        (of("url"), "ftp://shop.com"),
        (of("url"), "https://"),
        (of("url"), "https://shop.com/a b"),
        (of("url"), "http://[::1"),
        (of("url"), "https://shop.com/" + "a" * 255),
        (PLAN, "Enterprise"),
        (PLAN, True),
        (MergeField("D", "Direction", "radio", choices=("N", "S")), False),
        (ADDRESS, "Hauptstr. 1, Köln"),
        (ADDRESS, HOME | {"country": "Atlantis"}),
        (ADDRESS, HOME | {"zip": " "}),
        (ADDRESS, [HOME]),
    ],
)
def test_refused(field: MergeField, value: Any) -> None:
    """What a type cannot take is refused here: Mailchimp would refuse the person for it, or store something else."""
    with pytest.raises(Unfit):
        converter(field)(value)


@UNTIMED
@given(st.text(st.characters(), min_size=60, max_size=400))
def test_text_is_cut_at_255_bytes(text: str) -> None:
    """A long text is cut at a whole character, to the longest beginning that Mailchimp keeps."""
    whole = trimmed(text.replace("\x00", "").encode("utf-8", "ignore").decode())
    try:
        sent = converter(of("text"))(text)
    except Cut as cut:
        sent = cut.text
        assert cut.size == len(whole.encode()) > 255
        next_character = whole[len(sent) :].lstrip()[:1] if sent == sent.rstrip() else whole[len(sent)]
        assert len((sent + next_character).encode()) > 251
    assert len(sent.encode()) <= 255
    assert whole.startswith(sent)
    assert sent == whole or len(whole.encode()) > 255


PARTS = st.dictionaries(
    st.sampled_from(["addr1", "addr2", "city", "state", "zip", "country", "street", "postal_code"]),
    st.none() | st.sampled_from(["", " ", "x", "US", "de", "Atlantis"]) | st.integers(0, 99999),
)


@UNTIMED
@given(PARTS)
def test_an_address_is_never_half(parts: dict[str, Any]) -> None:
    """An address is sent with every part that Mailchimp needs, or not at all."""
    try:
        sent = converter(ADDRESS)(parts)
    except Unfit:
        return
    assert sent == "" or all(sent[part].strip() for part in ("addr1", "city", "state", "zip", "country"))


EVERY_FIELD = [of(kind) for kind in TYPES if kind != "address"] + [US, WORLD, PLAN, VOTES, ADDRESS]
LIKELY = st.one_of(
    JSON,
    PARTS,
    st.dates().map(str),
    st.from_regex(r"\+?[0-9 ()x.-]{0,18}", fullmatch=True),
    st.sampled_from([value for _, value, _ in SENT]),
)


@UNTIMED
@given(st.sampled_from(EVERY_FIELD), LIKELY)
def test_what_comes_back_is_what_was_sent(field: MergeField, value: Any) -> None:
    """Converting what Mailchimp gives back changes nothing more: otherwise a sync would never rest."""
    convert = converter(field)
    try:
        sent = convert(value)
    except Unfit:
        return
    except Cut as cut:
        sent = cut.text
    assert convert(sent) == sent
    assert digest(convert(sent)) == digest(sent)
    assert (digest(sent) == 0) == (sent == "")
