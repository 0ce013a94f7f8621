"""An account without a socket: answers what is read before the first record, from a dict of bodies by path."""

from collections.abc import Mapping
from typing import Any, cast

from source_destination_mailchimp.mailchimp.answers import Knowledge, Refusal
from source_destination_mailchimp.mailchimp.calls import Call
from source_destination_mailchimp.mailchimp.client import Client
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

    def ask(self, call: Call, *, tries: int | None = None) -> Knowledge | Refusal:
        """Answer a read with the body of its path; whatever else is asked for is refused."""
        if call.method != "GET":
            self.asked.append(f"{call.method} {call.path}")
            return Refusal(400, "Bad Request", "It cannot be made.")
        self.asked.append(call.path)
        if call.path not in self.bodies:
            return Refusal(403, "Forbidden", "This account may not see that.")
        return Knowledge(200, self.bodies[call.path])

    def send(self, call: Call) -> Knowledge:
        """The same, with a refusal raised."""
        answer = self.ask(call)
        if isinstance(answer, Refusal):
            raise Refused(answer)
        return answer


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
