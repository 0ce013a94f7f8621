"""Properties of a member beside merge fields."""

from typing import Any

import pytest

from source_destination_mailchimp.destination.mapping.profile import PROPERTIES, as_location, digest, member_digest
from source_destination_mailchimp.destination.mapping.values import Unfit


@pytest.mark.parametrize(
    ("key", "value", "sent"),
    [
        ("vip", "yes", True),
        ("email_type", "HTML", "html"),
        ("ip_signup", " 203.0.113.7 ", "203.0.113.7"),
        ("ip_opt", "2001:DB8::0001", "2001:db8::1"),
        ("timestamp_signup", "2024-05-01", "2024-05-01T00:00:00+00:00"),
        ("timestamp_opt", 1714602600123, "2024-05-01T22:30:00+00:00"),
        ("timestamp_opt", "2024-05-02T00:30:00+02:00", "2024-05-01T22:30:00+00:00"),
    ],
)
def test_property(key: str, value: Any, sent: Any) -> None:
    """Each property is written as Mailchimp writes it."""
    assert PROPERTIES[key].convert(value) == sent


@pytest.mark.parametrize(
    ("key", "value"),
    [("email_type", "plain"), ("ip_signup", "10.0.0"), ("ip_opt", "fe80::1%eth0"), ("ip_opt", 7), ("vip", "gold")],
)
def test_property_refused(key: str, value: Any) -> None:
    """What Mailchimp would refuse the whole person for is refused here."""
    with pytest.raises(Unfit):
        PROPERTIES[key].convert(value)


def test_location_is_both_or_none() -> None:
    """Half a place is none, and so is 0, 0, which is how Mailchimp writes that it knows no place."""
    assert as_location("52.5", 13) == {"latitude": 52.5, "longitude": 13.0}
    assert as_location("52.5", "") == as_location(0, 0.0) == ""


@pytest.mark.parametrize(("latitude", "longitude"), [(90.5, 0), (-90.5, 1), (1, 180.5), (1, -180.5), ("north", 1)])
def test_no_location(latitude: Any, longitude: Any) -> None:
    """Coordinates beyond the poles or the date line are refused."""
    with pytest.raises(Unfit):
        as_location(latitude, longitude)


@pytest.mark.parametrize(
    ("key", "sent", "wire"),
    [
        ("language", "fr_CA", {"language": "fr_ca"}),
        ("vip", True, {"vip": True}),
        ("vip", False, {"vip": False}),
        ("email_type", "html", {"email_type": "html"}),
        ("ip_opt", "2001:db8::1", {"ip_opt": "2001:0db8:0:0:0:0:0:1"}),
        ("timestamp_opt", "2024-05-01T22:30:00+00:00", {"timestamp_opt": "2024-05-01T22:30:00Z"}),
        (
            "location",
            {"latitude": 52.50001, "longitude": 13.0},
            {"location": {"latitude": 52.5, "longitude": 13, "gmtoff": 1, "country_code": "DE"}},
        ),
    ],
)
def test_what_comes_back_is_equal(key: str, sent: Any, wire: dict[str, Any]) -> None:
    """A property that Mailchimp gives back, however it writes it, is the one that was sent."""
    assert digest(key, sent) == member_digest(key, wire)


@pytest.mark.parametrize("key", ["language", "vip", "email_type", "ip_opt", "timestamp_signup", "location"])
def test_empty_in_mailchimp(key: str) -> None:
    """The ways in which Mailchimp writes an empty property all have the digest 0."""
    nothing = {
        "language": "",
        "vip": False,
        "ip_opt": "",
        "timestamp_signup": "",
        "location": {"latitude": 0, "longitude": 0},
    }
    assert member_digest(key, nothing) == member_digest(key, {}) == 0
