"""An account without a socket: answers what is read before the first record, from a dict of bodies by path."""

from collections.abc import Mapping
from typing import Any, cast

from source_destination_mailchimp.mailchimp.client import Answer, Client
from source_destination_mailchimp.mailchimp.errors import Refused
from source_destination_mailchimp.mailchimp.members import Json


class PretendAccount:
    """Answers reads of paths from a dict, and refuses any other; remembers which paths were asked for."""

    def __init__(self, bodies: Mapping[str, Json]) -> None:
        self.bodies = dict(bodies)
        self.asked: list[str] = []

    @property
    def client(self) -> Client:
        """The account in the place of a client."""
        return cast("Client", self)

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Json:
        """The body of a path."""
        self.asked.append(path)
        if path not in self.bodies:
            raise Refused(403, "Forbidden", "This account may not see that.")
        return self.bodies[path]

    def call(self, method: str, path: str, **parts: Any) -> Answer:
        """Every write is refused."""
        self.asked.append(f"{method} {path}")
        raise Refused(400, "Bad Request", "It cannot be made.")


def page(key: str, *items: Json, **more: Any) -> Json:
    """A page that holds a whole collection."""
    return {key: list(items), "total_items": len(items), **more}


NEWS = {"id": "aud1", "name": "News"}
ACCOUNT: dict[str, Json] = {
    "/": {"role": "owner"},
    "/lists": page("lists", NEWS, {"id": "aud2", "name": "Shop"}),
    "/lists/aud1/merge-fields": page("merge_fields", {"tag": "FNAME", "name": "First Name", "type": "text"}),
    "/lists/aud2/merge-fields": page("merge_fields"),
    "/lists/aud1/interest-categories": page("categories", {"id": "c1", "title": "Colors"}),
    "/lists/aud1/interest-categories/c1/interests": page("interests", {"id": "i1", "name": "Red"}),
    "/lists/aud1/members": page(
        "members", {"marketing_permissions": [{"text": "Email", "marketing_permission_id": "p1", "enabled": True}]}
    ),
}
"""An owner's account with two audiences; of the first there are a merge field, a group and a member."""
