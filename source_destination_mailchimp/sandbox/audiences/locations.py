"""Where the people of an audience are, by country.

Nobody is located here: the countries are those of a seed.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from source_destination_mailchimp.sandbox.audiences.audience import Audience
from source_destination_mailchimp.sandbox.control.names import check_names
from source_destination_mailchimp.sandbox.http.calls import Call, Route
from source_destination_mailchimp.sandbox.http.links import links

_KEYS: Final = ("country", "cc", "percent", "total")


class Locations:
    """The countries of one audience."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []


def add(audience: Audience, countries: Iterable[Mapping[str, Any]]) -> None:
    """Take in the countries of a seed: `country`, `cc`, `percent` and `total` each."""
    for country in countries:
        check_names("A seed's location", country, _KEYS)
        audience.room(Locations).rows.append({name: country[name] for name in _KEYS})


def list_locations(call: Call) -> dict[str, Any]:
    """GET the countries. `count` and `offset` are not described, and not heeded."""
    rows, path = call.audience.room(Locations).rows, f"/lists/{call.audience.id}"
    return {
        "locations": rows,
        "list_id": call.audience.id,
        "total_items": len(rows),
        "_links": links(call.root, [("parent", "GET", path, "Lists/Response", "")]),
    }


ROUTES: Final = (Route("GET", "/lists/{list_id}/locations", list_locations, describes="Lists/Locations/Collection"),)
