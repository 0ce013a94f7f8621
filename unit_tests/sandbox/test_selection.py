"""fields and exclude_fields."""

import orjson
import pytest

from source_destination_mailchimp.sandbox.http.selection import Selection

ANSWER = {
    "members": [{"id": "a", "stats": {"x": 1, "y": 2}}, {"id": "b", "stats": {"x": 3, "y": 4}}],
    "total_items": 2,
    "_links": orjson.Fragment(b'[{"rel": "self", "href": "h"}]'),
}


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({"fields": "total_items"}, {"total_items": 2}),
        ({"fields": "members.stats.x"}, {"members": [{"stats": {"x": 1}}, {"stats": {"x": 3}}]}),
        (
            {"fields": "members.id, members.stats.y"},
            {"members": [{"id": "a", "stats": {"y": 2}}, {"id": "b", "stats": {"y": 4}}]},
        ),
        ({"fields": "_links.rel"}, {"_links": [{"rel": "self"}]}),
        ({"fields": "id"}, {}),
        ({"exclude_fields": "members,_links"}, {"total_items": 2}),
        (
            {"exclude_fields": "members.stats,_links.href"},
            {"members": [{"id": "a"}, {"id": "b"}], "total_items": 2, "_links": [{"rel": "self"}]},
        ),
    ],
)
def test_selection(query: dict[str, str], shown: dict[str, object]) -> None:
    """Dot paths from the root of the answer are kept, or left out (documented, methods-and-parameters)."""
    assert Selection(query).apply(ANSWER) == shown


def test_keys_that_must_be_read() -> None:
    """Only the keys asked for need to be read at all (promise)."""
    assert Selection({"fields": "members.id,members.stats.x"}).keys("members") == frozenset({"id", "stats"})
    assert Selection({"fields": "members"}).keys("members") is None
    assert Selection({"fields": "total_items"}).keys("members") == frozenset()
    assert Selection({"exclude_fields": "members.id"}).keys("members") is None
