"""What a record sets of a member beside merge fields: properties, groups, permissions, tags."""

from typing import Any

import pytest

from source_destination_mailchimp.destination.model import Reason
from unit_tests.destination.people import mapped, noted

JANE: dict[str, Any] = {"email": "jane@shop.com"}


def test_properties() -> None:
    """Properties of the member are filled by name."""
    lines = ["l -> language", "v -> VIP", "t -> email_type", "x -> location.latitude", "y -> location.longitude"]
    lines += ["ip -> ip_signup", "at -> timestamp_signup"]
    record = JANE | {"l": "German", "v": 1, "t": "text", "x": "52.5", "y": 13, "ip": "203.0.113.7", "at": 1714602600}
    assert mapped(record, {"fields": lines}).profile == {
        "language": "de",
        "vip": True,
        "email_type": "text",
        "location": {"latitude": 52.5, "longitude": 13.0},
        "ip_signup": "203.0.113.7",
        "timestamp_signup": "2024-05-01T22:30:00+00:00",
    }


@pytest.mark.parametrize(
    ("lines", "record", "interests", "notes"),
    [
        (["c -> group:colors"], {"c": ["RED"]}, {"i-red": True, "i-blue": False}, []),
        (["c -> group:Colors"], {"c": "Red|Blue, dark"}, {"i-red": True, "i-blue": True}, []),
        (["c -> group:Colors"], {"c": "blue, dark"}, {"i-red": False, "i-blue": True}, []),
        (["c -> group:Colors"], {"c": '["Red", "Blue, dark"]'}, {"i-red": True, "i-blue": True}, []),
        (["c -> group:Colors"], {"c": []}, {"i-red": False, "i-blue": False}, []),
        (["c -> group:Colors"], {"c": None}, {}, []),
        (["c -> group:Colors"], {"c": ["Red", "Green"]}, {"i-red": True}, ["group:Colors"]),
        (["c -> group:Colors"], {"c": "Green"}, {}, ["group:Colors"]),
        (["c -> group:Colors/Red"], {"c": "no"}, {"i-red": False}, []),
        (["c -> group:Colors/Red"], {"c": "perhaps"}, {}, ["group:Colors/Red"]),
        (["c -> group:How often"], {"c": "weekly"}, {"i-week": True, "i-month": False}, []),
        (["c -> group:How often"], {"c": ["Weekly", "Monthly"]}, {}, ["group:How often"]),
        (["c -> group:How often/Weekly"], {"c": True}, {"i-week": True, "i-month": False}, []),
        (["c -> group:How often/Weekly"], {"c": False}, {"i-week": False}, []),
        (
            ["c -> group:How often/Weekly", "d -> group:How often/Monthly"],
            {"c": True, "d": False},
            {"i-week": True, "i-month": False},
            [],
        ),
        (
            ["c -> group:How often/Weekly", "d -> group:How often/Monthly"],
            {"c": True, "d": True},
            {},
            ["group:How often/Monthly"],
        ),
    ],
)
def test_groups(lines: list[str], record: dict[str, Any], interests: dict[str, bool], notes: list[str]) -> None:
    """Groups that are mapped are set, no other is touched, and a category for one group holds one at most."""
    contact = mapped(JANE | record, {"fields": lines})
    assert contact.interests == interests
    assert noted(contact) == [(Reason.VALUE_REJECTED, field) for field in notes]


@pytest.mark.parametrize(("value", "given"), [("yes", {"Email": True}), (0, {"Email": False}), (None, {}), ("?", {})])
def test_permissions(value: Any, given: dict[str, bool]) -> None:
    """A marketing permission is given or taken back by a clear answer only."""
    assert mapped(JANE | {"p": value}, {"fields": ["p -> permission:email"]}).permissions == given


@pytest.mark.parametrize(
    ("value", "tags"),
    [
        (["VIP", " new "], ("VIP", "new")),
        ("VIP, new;vip", ("VIP", "new")),
        ('["a, b"]', ("a, b",)),
        ([{"id": 1, "name": "VIP"}], ("VIP",)),
        ('[{"id": 1, "name": "VIP"}]', ("VIP",)),
        ({"name": "x"}, ()),
        (None, ()),
    ],
)
def test_tags(value: Any, tags: tuple[str, ...]) -> None:
    """Tags of a record come from a list in any of its forms."""
    assert mapped(JANE | {"t": value}, {"tags_field": "t"}).tags == tags
