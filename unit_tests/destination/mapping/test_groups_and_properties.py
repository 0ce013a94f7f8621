"""What a record sets of a member beside merge fields: properties, groups, permissions, tags."""

from typing import Any

import pytest

from source_destination_mailchimp.destination.model import Reason
from unit_tests.destination.field_entries import to
from unit_tests.destination.people import mapped, noted

JANE: dict[str, Any] = {"email": "jane@shop.com"}


def test_properties() -> None:
    """Properties of the member are filled by name."""
    lines = [
        to("l", "language"),
        to("v", "VIP"),
        to("t", "email_type"),
        to("x", "location.latitude"),
        to("y", "location.longitude"),
    ]
    lines += [to("ip", "ip_signup"), to("at", "timestamp_signup")]
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
        ([to("c", "group:colors")], {"c": ["RED"]}, {"i-red": True, "i-blue": False}, []),
        ([to("c", "group:Colors")], {"c": "Red|Blue, dark"}, {"i-red": True, "i-blue": True}, []),
        ([to("c", "group:Colors")], {"c": "blue, dark"}, {"i-red": False, "i-blue": True}, []),
        ([to("c", "group:Colors")], {"c": '["Red", "Blue, dark"]'}, {"i-red": True, "i-blue": True}, []),
        ([to("c", "group:Colors")], {"c": []}, {"i-red": False, "i-blue": False}, []),
        ([to("c", "group:Colors")], {"c": None}, {}, []),
        ([to("c", "group:Colors")], {"c": ["Red", "Green"]}, {"i-red": True}, ["group:Colors"]),
        ([to("c", "group:Colors")], {"c": "Green"}, {}, ["group:Colors"]),
        ([to("c", "group:Colors/Red")], {"c": "no"}, {"i-red": False}, []),
        ([to("c", "group:Colors/Red")], {"c": "perhaps"}, {}, ["group:Colors/Red"]),
        ([to("c", "group:How often")], {"c": "weekly"}, {"i-week": True, "i-month": False}, []),
        ([to("c", "group:How often")], {"c": ["Weekly", "Monthly"]}, {}, ["group:How often"]),
        ([to("c", "group:How often/Weekly")], {"c": True}, {"i-week": True, "i-month": False}, []),
        ([to("c", "group:How often/Weekly")], {"c": False}, {"i-week": False}, []),
        (
            [to("c", "group:How often/Weekly"), to("d", "group:How often/Monthly")],
            {"c": True, "d": False},
            {"i-week": True, "i-month": False},
            [],
        ),
        (
            [to("c", "group:How often/Weekly"), to("d", "group:How often/Monthly")],
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
    assert mapped(JANE | {"p": value}, {"fields": [to("p", "permission:email")]}).permissions == given


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
