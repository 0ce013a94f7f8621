"""Remove what verify made: contacts by their addresses, tags, merge fields and groups by their names.

Reads no more of other contacts than address and ID, and writes nothing to them.
"""

from typing import Any, Final

from source_destination_mailchimp.sandbox.verify.calling import Client
from source_destination_mailchimp.sandbox.verify.mailbox import Mailbox, is_made_name

PAGE: Final = 1000
# kind of path, key of the collection, key of the ID, key of the name
THINGS: Final = (
    ("segments", "segments", "id", "name"),
    ("merge-fields", "merge_fields", "merge_id", "name"),
    ("interest-categories", "categories", "id", "title"),
)


class Cleaning:
    """Cleans one audience up; `left` says what could not be removed."""

    def __init__(self, client: Client, audience: str, mailbox: Mailbox, *, deletes: bool) -> None:
        """`deletes` allows to delete the contacts for good; otherwise they are archived."""
        self._client, self._list, self._mailbox, self._deletes = client, f"/lists/{audience}", mailbox, deletes
        self.left: list[str] = []
        self.removed = 0
        client.is_cleaning = True

    def remove_things(self) -> None:
        """Remove the tags, segments, merge fields and groups whose name begins with the marker."""
        for kind, collection, id_key, name_key in THINGS:
            for row in self._rows(f"/{kind}", collection, {"fields": f"{collection}.{id_key},{collection}.{name_key}"}):
                if is_made_name(str(row.get(name_key, ""))):
                    self._client.guard.adopt_thing(kind, str(row[id_key]), row[name_key])
                    self._done("DELETE", f"{self._list}/{kind}/{row[id_key]}", str(row[name_key]))

    def find_contacts(self) -> list[str]:
        """Return the addresses that any run made here and left; archived ones only if they may be deleted for good."""
        found: list[str] = []
        for status in ("", "archived") if self._deletes else ("",):
            query = {"fields": "members.email_address", **({"status": status} if status else {})}
            addresses = [str(row.get("email_address", "")) for row in self._rows("/members", "members", query)]
            found.extend(address for address in addresses if self._mailbox.is_ours(address))
        return found

    def remove_contact(self, address: str) -> None:
        """Archive one contact, or delete it for good if that is allowed."""
        path = f"{self._list}/members/{self._client.guard.adopt_contact(address)}"
        known = self._client.send("GET", path, None, {"fields": "status"})
        status = known.body.get("status")
        if known.status == 404 or (status == "archived" and not self._deletes):
            return
        if self._deletes:
            self._done("POST", f"{path}/actions/delete-permanent", address)
            return
        if status in {"pending", "cleaned"}:  # Mailchimp archives neither
            skip = {"skip_merge_validation": "true"}
            self._client.send("PATCH", path, {"status": "unsubscribed"}, skip)
        self._done("DELETE", path, address)

    def _done(self, method: str, path: str, name: str) -> None:
        answer = self._client.send(method, path)
        if answer.is_taken:
            self.removed += 1
        elif answer.status != 404:
            self.left.append(f"{name} (HTTP {answer.status} {answer.words})")

    def _rows(self, path: str, collection: str, query: dict[str, str]) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        while True:
            page = {**query, "count": str(PAGE), "offset": str(len(rows))}
            answer = self._client.send("GET", self._list + path, None, page)
            if not answer.is_taken:
                self.left.append(f"unknown: {path} could not be read (HTTP {answer.status} {answer.words})")
                return rows
            found = answer.body.get(collection, [])
            is_repeated = found == rows[-PAGE:]  # an offset that is not heeded would never end
            rows.extend(found)
            if len(found) < PAGE or is_repeated:
                return rows
