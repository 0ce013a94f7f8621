"""Lists of names in a cell: the same names however they are written, and none that is not there."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_mailchimp.destination.mapping.dates import as_birthday, as_date
from source_destination_mailchimp.destination.mapping.emails import as_email
from source_destination_mailchimp.destination.mapping.lists import MOST_NAMES, as_list, items_of, matched, parts_of
from source_destination_mailchimp.destination.mapping.phones import international_phone, us_phone
from source_destination_mailchimp.destination.mapping.times import as_timestamp
from source_destination_mailchimp.destination.mapping.values import Unfit
from unit_tests.destination.people import UNTIMED


@pytest.mark.parametrize(
    "value",
    [
        ["VIP", "Blog, news"],
        '["VIP", "Blog, news"]',
        '"VIP","Blog, news"',
        "['VIP', 'Blog, news']",
        "('VIP', 'Blog, news')",
        '{VIP,"Blog, news"}',
        '[VIP, "Blog, news"]',
        "VIP,Blog\\, news",
        'VIP\r\n"Blog, news"\n',
        'VIP; "Blog, news" |',
        '\ufeffVIP,,\u200b,"Blog, news",',
        [" VIP ", None, "", "Blog, news"],
        [["VIP"], ["Blog, news"]],
        '[["VIP"], ["Blog, news"]]',
        [[57, "VIP"], [58, "Blog, news"]],
        [{"id": 1, "name": "VIP"}, {"tag": "Blog, news"}],
        {"0": "VIP", "2": "Blog, news"},
        '{"0": "VIP", "2": "Blog, news"}',
        json.dumps(json.dumps(["VIP", "Blog, news"])),
        json.dumps(json.dumps(json.dumps(["VIP", "Blog, news"]))),
        '"[""VIP"",""Blog, news""]"',
        """'["VIP", "Blog, news"]'""",
        'a:2:{i:0;s:3:"VIP";i:1;s:10:"Blog, news";}',
        'a:3:{i:0;s:3:"VIP";i:3;N;i:7;s:10:"Blog, news";}',
        "['VIP' 'Blog, news']",
        "['VIP' None\n 'Blog, news']",
        "array(['VIP', 'Blog, news'], dtype=object)",
        "{'VIP', 'Blog, news'}",
        "frozenset({'VIP', 'Blog, news'})",
        "ARRAY['VIP', 'Blog, news']",
        'ARRAY["VIP", "Blog, news"]',
        "array('VIP','Blog, news')",
        '["VIP", "Blog, news"];',
        '- VIP\n- "Blog, news"',
        '• VIP\r\n• "Blog, news"\n',
        'VIP\t"Blog, news"',
        'VIP\u2028"Blog, news"',
        'VIP，"Blog, news"、',
        'VIP،"Blog, news"؛',
    ],
)
def test_one_list_in_many_forms(value: Any) -> None:
    """Every way to write a list gives the same names."""
    assert as_list(value) == ["VIP", "Blog, news"]


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("R&amp;D;Q&A", ["R&D", "Q&A"]),
        (["R&amp;D"], ["R&D"]),
        ("Arts&Section;x", [["Arts&Section", "x"][0], "x"]),
        ("a;b,c|d\ne", ["a", "b", "c", "d", "e"]),
        ('{"say \\"hi\\"",NULL,"NULL"}', ['say "hi"', "NULL"]),
        ("{a;b,c}", ["a;b", "c"]),
        ("['it\\'s', \"d'or\", None, 'caf\\xe9']", ["it's", "d'or", "café"]),
        ('"say ""hi""",b', ['say "hi"', "b"]),
        ("[[a, b], [c]]", ["a", "b", "c"]),
        ("[VIP], [x]", ["VIP", "x"]),
        ('"VIP, x', ["VIP", "x"]),
        ("[a", ["a"]),
        ('a["x"]a', ['a["x"]a']),
        ('"["VIP"]x', ['"["VIP"]x']),
        ([["a", "b"], [1, 2], [3, "c", "d"], [4, "e"]], ["a", "b", "1", "2", "3", "c", "d", "e"]),
        ([57, "VIP"], ["57", "VIP"]),
        ('"Big" deal, 12" pipe', ['"Big" deal', '12" pipe']),
        ("'90s kids, rock 'n' roll", ["'90s kids", "rock 'n' roll"]),
        ("VIP [gold]; x", ["VIP [gold]", "x"]),
        ("None", ["None"]),
        ("", []),
        ("[]", []),
        ("{}", []),
        (" , ;\n", []),
        (7, ["7"]),
    ],
)
def test_names_of_a_list(value: Any, names: list[str]) -> None:
    """No name is empty, none keeps what held the list together, and none loses what is its own."""
    assert as_list(value) == names


@pytest.mark.parametrize(
    "value",
    [
        {"a": 1},
        {"name": "VIP"},
        '{"a": 1}',
        "{'a': 1}",
        json.dumps(json.dumps({"a": 1})),
        [{"id": 1}],
        ["VIP", {"name": ""}],
        '[{"id": 1}]',
        "[{'name': 'VIP'}]",
        'a:1:{s:10:"subscriber";b:1;}',
        'a:1:{s:1:"k";s:3:"VIP";}',
    ],
)
def test_an_object_is_no_list(value: Any) -> None:
    """What it means is unknown, so it is refused, and nobody loses a tag or a group for it."""
    with pytest.raises(Unfit, match="an object, not a list of names"):
        as_list(value)


@pytest.mark.parametrize(
    "value",
    ['["VIP","Blog ne', "['VIP'", '{"VIP","x"', "['a', 'b', ..., 'z']", "['a' 'b' ... 'y' 'z']", "[a, …]"],
)
def test_a_list_that_breaks_off_is_refused(value: str) -> None:
    """Its last name may be half of one, and those that are not there are still the person's."""
    with pytest.raises(Unfit, match="a list that breaks off"):
        as_list(value)


@pytest.mark.parametrize(
    "value", ['a:2:{i:0;s:3:"VIP";}', 'a:1:{i:0;s:9:"VIP";}', 'a:1:{i:0;s:2:"VIP";}', "a:1:{i:0;a:0:{}}"]
)
def test_a_php_list_with_wrong_lengths_is_refused(value: str) -> None:
    """Its lengths count bytes: where they do not fit, the text was changed on its way."""
    with pytest.raises(Unfit, match="a PHP list that cannot be read"):
        as_list(value)


def test_lengths_of_php_count_bytes() -> None:
    """Umlauts and quotes are in a text as they are."""
    assert as_list('a:2:{i:0;s:7:"Größe";i:1;s:4:"a";b";}') == ["Größe", 'a";b']


@UNTIMED
@given(st.lists(st.from_regex(r"[a-z][a-z,;' \\]{0,6}[a-z]", fullmatch=True), max_size=5))
def test_what_python_writes_is_read(names: list[str]) -> None:
    """The text of a Python list of names holds these names, whatever is in them."""
    assert as_list(repr(names)) == names


@pytest.mark.parametrize(
    ("text", "found", "unknown"),
    [
        ("Cats, big, Dogs", ["big cats", "dogs"], 0),
        ("Cats; Dogs", ["cats", "dogs"], 0),
        ("INDIE\\, EGYPT, Cats", ["egypt", "cats"], 0),
        ('"Cats, big",Dogs', ["big cats", "dogs"], 0),
        ("big, Cats", ["cats"], 1),
        ('"Cats","big"', ["cats"], 1),
        ("r&amp;d, Größe", ["research", "size"], 0),
        ("Gro\u0308ße", ["size"], 0),
    ],
)
def test_the_longest_real_name_is_meant(text: str, found: list[str], unknown: int) -> None:
    """A name that holds a comma is found between commas, before a shorter one that begins like it."""
    real = {"Cats": "cats", "Cats, big": "big cats", "Dogs": "dogs", "Indie, Egypt": "egypt"}
    real |= {"R&D": "research", "GRÖßE": "size"}
    names = {parts_of(name): meaning for name, meaning in real.items()}
    assert matched(items_of(text), names) == (found, unknown)


LONG = 100_000
HUGE = [*"\"'\\,[1٣ @<(", "\\,", "'a,", '"x"",', "{", "&amp;", "\u200b", "a,", "a@b.co,"]


@pytest.mark.parametrize("piece", HUGE)
@pytest.mark.parametrize("around", ["{}", "[{}]", "{{{}}}", "({})", '"{}"', "mailto:{}", "tel:{}"])
def test_a_huge_text_is_read_or_refused(piece: str, around: str) -> None:
    """100 kB of anything end in a value or a refusal; what is not linear would not end at all."""
    text = around.format(piece * (LONG // len(piece)))
    for convert in (as_list, as_email, international_phone, us_phone, as_date, as_birthday, as_timestamp):
        try:
            convert(text)
        except Unfit as unfit:
            assert str(unfit)


def test_nobody_has_as_many_tags() -> None:
    """A list without an end is refused, in a text and as an array."""
    with pytest.raises(Unfit, match="more than 3000"):
        as_list("a," * (MOST_NAMES + 1))
    with pytest.raises(Unfit, match="more than 3000"):
        as_list(["a"] * (MOST_NAMES + 1))
