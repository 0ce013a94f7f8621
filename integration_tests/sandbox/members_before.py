"""What the members of an audience were before a session, told backwards from the first answer that shows each of them.

The writes up to that answer are undone one by one. What a write replaced is nowhere recorded: it is taken to have been
empty, and if the write emptied it, to have been something.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from integration_tests.sandbox.moments import answered_at, is_of
from integration_tests.sandbox.recorded import (
    COMPLIANCE,
    EXISTS,
    LIST_PATH,
    MEMBER_PATH,
    STATUSES,
    TAKEN,
    Exchange,
    Json,
    addresses_in,
    hash_of,
    views,
)

LONG_BEFORE = timedelta(days=30)
SEEDED = (
    *("email_address", "status", "last_changed", "web_id", "merge_fields", "tags", "interests", "ip_opt", "ip_signup"),
    *("timestamp_opt", "timestamp_signup", "source", "email_type", "language", "vip", "unsubscribe_reason", "location"),
    "email_client",
)
NOWHERE = "grouparoo.com"
BY_API = "N/A (Unsubscribed by admin)"
_TAKEN_BY = STATUSES | {"Deleted": "archived"}


def members_before(session: list[Exchange], list_id: str) -> Iterator[Json]:
    """The rows of a seed for everybody who was in the audience before the session."""
    known: set[str] = set()
    for exchange in session:
        for name in _names_in(exchange, list_id):
            if name not in known:
                names = _same_person(session, list_id, name)
                known |= names
                row = _Past(session, list_id, name, names).row()
                if row is not None:
                    yield row


def _names_in(exchange: Exchange, list_id: str) -> Iterator[str]:
    """The hashes that an exchange speaks of, the one in the path first."""
    at = LIST_PATH.match(exchange.path)
    if not at or at["list"] != list_id:
        return
    member = MEMBER_PATH.match(exchange.path)
    if member:
        yield hash_of(member["member"])
    yield from (view["id"] for view in views(exchange))
    address = (exchange.body or {}).get("email_address", "")
    if "@" in address and _speaks_of_another(exchange, member is None):
        yield hash_of(address)


def _speaks_of_another(exchange: Exchange, is_added: bool) -> bool:
    """Whether a call or its refusal is about whoever has the address in the body."""
    answer = exchange.response if isinstance(exchange.response, dict) else {}
    is_taken = any(TAKEN.search(error["message"]) for error in answer.get("errors") or ())
    return is_added or is_taken or _title_of(exchange) == EXISTS


def _title_of(exchange: Exchange) -> str:
    return str(exchange.response.get("title", "")) if isinstance(exchange.response, dict) else ""


def _same_person(session: list[Exchange], list_id: str, name: str) -> set[str]:
    """All the hashes that one person had in the session."""
    shown = [
        (view["web_id"], hash)
        for exchange in session
        for view in views(exchange)
        if view["list_id"] == list_id
        for hash in (view["id"], _renamed_from(exchange, view))
    ]
    numbers = {web_id for web_id, hash in shown if hash == name}
    return {name} | {hash for web_id, hash in shown if web_id in numbers}


def _renamed_from(exchange: Exchange, view: Json) -> str:
    """The hash that a member had before a write: the one in the path, unless the write added or revived somebody."""
    member = MEMBER_PATH.match(exchange.path)
    if member is None or not exchange.writes or _opted_in_by(exchange, view):
        return str(view["id"])
    return hash_of(member["member"])


def _opted_in_by(exchange: Exchange, view: Json) -> bool:
    """Whether a write renewed its member's `timestamp_opt`: adding and reviving do, renaming does not."""
    return is_of(exchange, view["timestamp_opt"])


class _Past:
    """One person, from the first answer that shows them back to the beginning."""

    def __init__(self, session: list[Exchange], list_id: str, name: str, names: set[str]) -> None:
        self._session = session
        self._names = names
        self._list_id = list_id
        self._events = [exchange for exchange in session if names & set(_names_in(exchange, list_id))]
        self._name = self._first_name(name)
        self._view: Json = {}
        self._exists = True

    def row(self) -> Json | None:
        """The row of a seed, None for somebody who was not there."""
        anchor = self._anchor()
        if anchor < 0:
            return self._unseen()
        for position in range(anchor, -1, -1):
            if self._exists:
                self._undo(position)
        if not self._exists:
            return None
        row = {key: self._view[key] for key in SEEDED if key in self._view}
        if self._view["id"] != self._name:  # they were renamed since
            row["email_address"] = _address_of(self._session, self._name)
        if row["status"] == "unsubscribed" and self._left_alone():
            row["left_by"] = "person"
        return row | {"id": self._name}

    def _left_alone(self) -> bool:
        """Whether they took themselves off: the reason is not the API's, or they may not be subscribed again."""
        if self._view.get("unsubscribe_reason", BY_API) != BY_API:
            return True
        return any(_title_of(event) == COMPLIANCE for event in self._events)

    def _first_name(self, spoken: str) -> str:
        """The hash that they had before the session: the first that is found, which need not be the first spoken of."""
        for event in self._events:
            is_unknown = event.status == 404 or _title_of(event) == EXISTS
            if not is_unknown:
                return next(name for name in _names_in(event, self._list_id) if name in self._names)
        return spoken

    def _anchor(self) -> int:
        for position, exchange in enumerate(self._events):
            shown = [view for view in views(exchange) if self._is_mine(view)]
            if shown:
                self._view = dict(shown[0])
                return position
        return -1

    def _is_mine(self, view: Json) -> bool:
        return view["id"] in self._names and view["list_id"] == self._list_id

    def _undo(self, position: int) -> None:
        exchange = self._events[position]
        if not exchange.writes:
            if exchange.method == "DELETE" and exchange.status == 405:
                self._view["status"] = "archived"
            return
        if exchange.path.endswith("/tags"):
            self._undo_tags(exchange)
        elif exchange.method == "DELETE":
            self._view["status"] = "subscribed"
            self._age(exchange)
        else:
            self._undo_write(exchange, position)

    def _undo_tags(self, exchange: Exchange) -> None:
        """Take off what was put on, put on what was taken off, where the call is known to have changed something.

        The newest tags come first: a tag further back that a call puts on was on already.
        """
        wishes = (exchange.body or {})["tags"]
        if not wishes or not is_of(exchange, self._view["last_changed"]):
            return
        put_on = [wish["name"] for wish in wishes if wish["status"] == "active"]
        first = self._view["tags"][: len(put_on)]
        older = [tag for tag in self._view["tags"] if tag not in first or tag["name"] not in put_on]
        taken_off = [wish["name"] for wish in wishes if wish["status"] != "active"]
        self._view["tags"] = [*older, *({"name": name} for name in taken_off)]
        self._age(exchange)

    def _undo_write(self, exchange: Exchange, position: int) -> None:
        """POST, PUT or PATCH: somebody new was not there; else what was sent is taken back."""
        body: dict[str, Any] = exchange.body or {}
        status = self._status_before(position)
        if status == "" or (status is None and self._looks_new(exchange)):
            self._exists = False
            return
        if not is_of(exchange, self._view["last_changed"]):
            return
        if self._may_add(exchange):
            self._view["status"] = "archived"
        elif status is not None and "status" in body:
            self._view["status"] = status
        is_all_the_same = not self._empty(body.get("merge_fields", {}))
        moves_anyway = "interests" in body or self._named_in(exchange) != self._view["id"]
        if is_all_the_same and not moves_anyway and "status" not in body:
            return
        if is_all_the_same and not moves_anyway and status is None:
            self._view["status"] = "archived"  # nothing else can have changed
        if self._may_add(exchange) and _opted_in_by(exchange, self._view):
            self._view["timestamp_opt"] = _long_before(exchange)
        self._age(exchange)

    def _may_add(self, exchange: Exchange) -> bool:
        """Whether a write adds or revives: POST, and PUT under a hash that is not the member's."""
        member = MEMBER_PATH.match(exchange.path)
        if member is None:
            return True
        return hash_of(member["member"]) not in self._names

    def _status_before(self, position: int) -> str | None:
        """What the exchanges before say: a status, "" for nobody there, None where they say nothing."""
        name = self._named_in(self._events[position])
        for exchange in reversed(self._events[:position]):
            if self._named_in(exchange) != name:
                continue
            if exchange.status == 404:
                return ""
            if exchange.method == "DELETE":
                return "archived"
            if exchange.writes and not exchange.path.endswith("/tags"):
                return None
        said = [exchange for exchange in self._events[:position] if exchange.status == 204]
        return "archived" if said else None

    def _named_in(self, exchange: Exchange) -> str:
        """The hash under which an exchange speaks of them: in the path, in the answer or by the address in the body."""
        member = MEMBER_PATH.match(exchange.path)
        if member and hash_of(member["member"]) in self._names:
            return hash_of(member["member"])
        shown = [view["id"] for view in views(exchange) if self._is_mine(view)]
        return shown[0] if shown else hash_of((exchange.body or {}).get("email_address", ""))

    def _looks_new(self, exchange: Exchange) -> bool:
        body = exchange.body or {}
        if exchange.method == "PATCH" or not ("email_address" in body and {"status", "status_if_new"} & body.keys()):
            return False
        sent = {str(tag).upper() for tag in (exchange.body or {}).get("merge_fields", {})}
        older = [tag for tag, value in self._view["merge_fields"].items() if value != "" and tag.upper() not in sent]
        is_fresh = is_of(exchange, self._view["timestamp_opt"])
        return is_fresh and not older and not self._view.get("tags_count", 0)

    def _empty(self, sent: Json) -> bool:
        """Take back the merge values that were sent; False where none can have changed."""
        tags = {str(tag).upper() for tag in sent}
        values = self._view["merge_fields"]
        emptied = {tag: "" if tag.upper() in tags else value for tag, value in values.items()}
        if emptied == values and tags & set(values):
            first = min(tags & set(values))
            emptied[first] = "1"
        self._view["merge_fields"] = emptied
        return bool(emptied != values)

    def _age(self, exchange: Exchange) -> None:
        """Before a write that changed something, the last change was earlier, nobody knows when."""
        self._view["last_changed"] = _long_before(exchange)

    def _unseen(self) -> Json | None:
        """Somebody whom no answer shows: there if a call for them was let through or refused because of them."""
        first = next((event for event in self._events if event.status != 400 or self._is_in_the_way(event)), None)
        if first is None or first.status in (200, 404):
            return None
        row = {"id": self._name, "email_address": _address_of(self._session, self._name), "status": self._told()}
        return row | ({"left_by": "person"} if self._left_alone() else {})

    def _is_in_the_way(self, exchange: Exchange) -> bool:
        """Whether a refusal says that they are there: Member Exists says it of the address, not of the hash."""
        if _title_of(exchange) == EXISTS:
            return hash_of((exchange.body or {})["email_address"]) in self._names
        return _title_of(exchange) == COMPLIANCE or _speaks_of_another(exchange, is_added=False)

    def _told(self) -> str:
        """The status that answers tell of, subscribed where none does.

        A DELETE tells more than the refusal of a rename: that one called the archived subscribed too, until 2021-04.
        """
        for event in self._events:
            if event.method == "DELETE":
                return "archived" if event.status == 405 else "subscribed"
        if self._left_alone():
            return "unsubscribed"
        for event in self._events:
            for error in (event.response or {}).get("errors") or ():
                taken = TAKEN.search(error["message"])
                if taken and hash_of(taken["address"]) in self._names:
                    return _TAKEN_BY.get(taken["status"], taken["status"].lower())
        return "subscribed"


def _long_before(exchange: Exchange) -> str:
    return (answered_at(exchange) - LONG_BEFORE).isoformat()


def _address_of(session: list[Exchange], name: str) -> str:
    """The address behind a hash: one that the session names, else a made-up one."""
    named = (address for exchange in session for address in addresses_in(exchange) if hash_of(address) == name)
    return next(named, f"{name[:12]}@{NOWHERE}")
