"""Reads a recording of the real API and works out what the account must have held before its first exchange.

Knows nothing of the sandbox. A recording is a JSON list of exchanges: host, method, path, query, body, status,
response, headers; query values are kept percent-encoded, as they went over the wire.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import orjson

RECORDINGS = Path(__file__).resolve().parents[2].parent / "shared" / "mailchimp" / "recordings"
MEMBER_PATH = re.compile(r"/3\.0/lists/(?P<list>[^/]+)/members/(?P<member>[^/]+)(?P<rest>/.*)?$")
LIST_PATH = re.compile(r"/3\.0/lists/(?P<list>[^/]+)(?P<rest>/.*)?$")
FORGOTTEN = "Forgotten Email Not Subscribed"
COMPLIANCE = "Member In Compliance State"
EXISTS = "Member Exists"
SAYING = frozenset({FORGOTTEN, COMPLIANCE, EXISTS})  # refusals that say what somebody is
TAKEN = re.compile(r'"(?P<address>[^"]+)" is already in this list with a status of "(?P<status>[^"]+)"')
STATUSES = {"Non-Subscribed": "transactional"}  # what a word of that refusal stands for
Json = dict[str, Any]


class Exchange(NamedTuple):
    """One recorded request with its answer."""

    host: str
    method: str
    path: str
    query: dict[str, str] | None
    body: Json | None
    status: int
    response: Any
    headers: dict[str, str]

    @property
    def writes(self) -> bool:
        """Whether the request could change the account, and was let through."""
        return self.method != "GET" and self.status < 300


@dataclass(slots=True)
class Person:
    """A member as they were before the recording began; `view` is None where they were not on the list.

    `left_alone` says that they took themselves off, because a later request was refused for it.
    """

    list_id: str
    hashes: set[str]
    address: str
    view: Json | None
    forgotten: bool = False
    left_alone: bool = False


@dataclass(slots=True)
class Presupposed:
    """What an account must hold so that a recording can be replayed against it."""

    account: Json = field(default_factory=dict)
    lists: list[Json] = field(default_factory=list)
    merge_fields: dict[str, list[Json]] = field(default_factory=dict)
    people: list[Person] = field(default_factory=list)


def read(path: Path) -> list[Exchange]:
    """The exchanges of a recording, with two audiences that were given one sanitised ID told apart again."""
    raw = orjson.loads(path.read_bytes())
    return [Exchange(**exchange) for exchange in told_apart(raw)]


def told_apart(raw: list[Json]) -> list[Json]:
    """The exchanges, with two audiences that were given one sanitised ID told apart by their web_ids."""
    answers = [answer for exchange in raw for answer in (exchange["response"],) if isinstance(answer, dict)]
    listed = [entry for answer in answers for entry in answer.get("lists", ())]
    web_ids: dict[str, set[int]] = {}
    for entry in listed:
        web_ids.setdefault(entry["id"], set()).add(entry["web_id"])
    for list_id, candidates in web_ids.items():
        for web_id in candidates - {_meant(list_id, listed, answers)}:
            for entry in listed:
                if entry["web_id"] == web_id:
                    _rename(entry, list_id, hashlib.md5(str(web_id).encode()).hexdigest()[:10])
    return raw


def _meant(list_id: str, listed: list[Json], answers: list[Json]) -> int:
    """The web_id of the audience that the other requests of the recording speak of, among those with one ID."""
    members = [member for answer in answers for member in _members_in(answer) if member.get("list_id") == list_id]
    fields = [
        answer["total_items"]
        for answer in answers
        if answer.get("list_id") == list_id and isinstance(answer.get("merge_fields"), list)
    ]
    totals = [
        answer["total_items"]
        for answer in answers
        if answer.get("list_id") == list_id and isinstance(answer.get("members"), list)
    ]
    points: Counter[int] = Counter()
    for entry in listed:
        if entry["id"] == list_id:
            stats = entry["stats"]
            points[entry["web_id"]] += stats["merge_field_count"] in fields
            points[entry["web_id"]] += stats["member_count"] in totals
            has_permissions = any("marketing_permissions" in member for member in members)
            points[entry["web_id"]] += 2 * (bool(members) and entry["marketing_permissions"] == has_permissions)
    return max(points, key=lambda web_id: points[web_id])


def _rename(entry: Json, old: str, new: str) -> None:
    entry.update(orjson.loads(orjson.dumps(entry).replace(old.encode(), new.encode())))


def _members_in(answer: Any) -> Iterator[Json]:
    if isinstance(answer, dict):
        if "email_address" in answer and "status" in answer and "merge_fields" in answer:
            yield answer
        for part in ("members", "new_members", "updated_members"):
            yield from (member for member in answer.get(part) or () if "merge_fields" in member)


def views(exchange: Exchange) -> Iterator[Json]:
    """Every full member that an answer shows."""
    return _members_in(exchange.response) if exchange.status == 200 else iter(())


def presupposed(exchanges: list[Exchange]) -> Presupposed:
    """The account before the first exchange, from everything that the recording shows of it."""
    found = Presupposed(_account(exchanges), _lists(exchanges), people=_people(exchanges))
    for exchange in exchanges:
        answer = exchange.response if exchange.status == 200 and isinstance(exchange.response, dict) else {}
        if isinstance(answer.get("merge_fields"), list):
            found.merge_fields.setdefault(answer["list_id"], answer["merge_fields"])
    for view in (view for exchange in exchanges for view in views(exchange)):
        if view["list_id"] not in found.merge_fields:
            found.merge_fields[view["list_id"]] = [field_like(tag, exchanges) for tag in view["merge_fields"]]
    return found


def _account(exchanges: list[Exchange]) -> Json:
    """Whose account it is, as far as the OAuth metadata say."""
    for exchange in exchanges:
        if exchange.path == "/oauth2/metadata" and "role" in (exchange.response or {}):
            return {"role": exchange.response["role"], "account_name": exchange.response["accountname"]}
    return {}


def _lists(exchanges: list[Exchange]) -> list[Json]:
    shown: dict[str, Json] = {}
    for exchange in exchanges:
        answer = exchange.response if exchange.status == 200 and isinstance(exchange.response, dict) else {}
        for entry in answer.get("lists") or ([answer] if "permission_reminder" in answer else []):
            shown.setdefault(entry["id"], entry)
    for exchange in exchanges:
        match = LIST_PATH.match(exchange.path)
        if match and exchange.status != 404:
            shown.setdefault(match["list"], {"id": match["list"]})
    return list(shown.values())


def field_like(tag: str, exchanges: list[Exchange]) -> Json:
    """A definition that fits every value seen under a merge tag."""
    values = [
        view["merge_fields"][tag] for exchange in exchanges for view in views(exchange) if tag in view["merge_fields"]
    ]
    kinds = {type(value) for value in values if value != ""}
    kind = "number" if kinds & {int, float} else "address" if dict in kinds else "text"
    return {"tag": tag, "name": tag.title(), "type": kind, "required": False, "public": True}


def _people(exchanges: list[Exchange]) -> list[Person]:
    people: list[Person] = []
    for position, exchange in enumerate(exchanges):
        for list_id, member in touched(exchange):
            if not any(person.list_id == list_id and member in person.hashes for person in people):
                people.append(_before(exchanges, position, list_id, member))
    shown = {(person.list_id, hash) for person in people if person.view for hash in person.hashes}
    for list_id, address, status in (named for exchange in exchanges for named in _in_the_way(exchange)):
        if (list_id, hash_of(address)) not in shown:
            shown.add((list_id, hash_of(address)))
            forgotten = status == "deleted"
            view = None if forgotten else {"status": status}
            people.append(Person(list_id, {hash_of(address)}, address, view, forgotten))
    return people


def _in_the_way(exchange: Exchange) -> Iterator[tuple[str, str, str]]:
    """Who had an address already that somebody else was to get: audience, address and status."""
    match = LIST_PATH.match(exchange.path)
    answer = exchange.response if exchange.status == 400 and isinstance(exchange.response, dict) else {}
    for error in answer.get("errors", ()):
        taken = TAKEN.search(error["message"])
        if match and taken:
            yield match["list"], taken["address"], STATUSES.get(taken["status"], taken["status"].lower())


def touched(exchange: Exchange) -> Iterator[tuple[str, str]]:
    """The members an exchange speaks of: (list ID, subscriber hash)."""
    match = MEMBER_PATH.match(exchange.path)
    if match:
        yield match["list"], hash_of(match["member"])
    elif exchange.method == "POST" and isinstance(exchange.body, dict) and (at := LIST_PATH.match(exchange.path)):
        rows = exchange.body.get("members") or [exchange.body]
        for row in rows:
            if isinstance(row, dict) and isinstance(row.get("email_address"), str):
                yield at["list"], hash_of(row["email_address"])
    for view in views(exchange):
        yield view["list_id"], view["id"]


def hash_of(member: str) -> str:
    """The subscriber hash that names a member in a path, from a hash or an address."""
    if "@" not in member and "%40" not in member:
        return member
    return hashlib.md5(member.replace("%40", "@").lower().encode()).hexdigest()


def _before(exchanges: list[Exchange], position: int, list_id: str, member: str) -> Person:
    """The member before the first exchange that says something of them: a value that was refused does not."""
    mine = [later for later in exchanges[position:] if (list_id, member) in set(touched(later))]
    first = next((e for e in mine if e.status != 400 or _title(e, member) in SAYING), mine[0])
    title = _title(first, member)
    own = [view for later in mine for view in views(later) if view["id"] == member and view["list_id"] == list_id]
    person = Person(list_id, {member}, "", None, forgotten=title == FORGOTTEN)
    person.address = next((name for e in exchanges for name in addresses_in(e) if hash_of(name) == member), "")
    person.left_alone = any(_title(e, member) == COMPLIANCE for e in mine)
    if person.forgotten or first.status == 404:
        return person
    if not own:
        person.view = _unseen(first, title)
        return person
    contact = own[0].get("contact_id")
    person.hashes = {view["id"] for later in exchanges for view in views(later) if view.get("contact_id") == contact}
    person.view = dict(own[0])
    if first.writes and not first.path.endswith("/tags"):
        person.view = None if _is_new(first, own[0]) else _undone(first, own[0])
    return person


def _title(exchange: Exchange, member: str) -> str:
    """The title of a refusal, if it speaks of this member and not of another address in the body."""
    if exchange.status < 400 or not isinstance(exchange.response, dict):
        return ""
    address = (exchange.body or {}).get("email_address", "")
    return "" if "@" in str(address) and hash_of(address) != member else str(exchange.response.get("title", ""))


def addresses_in(exchange: Exchange) -> Iterator[str]:
    """Every address that an exchange names."""
    yield from (view["email_address"] for view in views(exchange))
    match = MEMBER_PATH.match(exchange.path)
    if match and match["member"] != hash_of(match["member"]):
        yield match["member"].replace("%40", "@")
    rows = [exchange.body, *exchange.body.get("members", ())] if isinstance(exchange.body, dict) else []
    yield from (row["email_address"] for row in rows if isinstance(row, dict) and "@" in str(row.get("email_address")))


def _unseen(first: Exchange, title: str) -> Json | None:
    """What is known of a member whom no answer shows, from how the first request for them ended."""
    if title == COMPLIANCE:
        return {"status": "unsubscribed"}
    existed = title == EXISTS or (first.status == 204 and first.method in ("DELETE", "POST"))
    if first.status == 405:
        return {"status": "archived"}
    return {"status": "subscribed"} if existed else None


def _is_new(first: Exchange, view: Json) -> bool:
    """Whether a write made the member: nothing in the answer is older than the write or unknown to it."""
    if first.method not in ("POST", "PUT"):
        return False
    sent = first.body or {}
    sent_tags = {str(tag).upper() for tag in sent.get("merge_fields", {})}
    older = [tag for tag, value in view["merge_fields"].items() if value != "" and tag.upper() not in sent_tags]
    has_status = "status" in sent or "status_if_new" in sent or "members" in sent
    same_moment = view.get("timestamp_opt") in ("", view.get("last_changed"))
    return has_status and same_moment and not older and view.get("tags_count", 0) == len(sent.get("tags", ()))


def _undone(first: Exchange, view: Json) -> Json:
    """The member before a first write that restored or changed them: what the write set is unknown and left empty."""
    sent_tags = {str(tag).upper() for tag in (first.body or {}).get("merge_fields", {})}
    merge_fields = {tag: "" if tag.upper() in sent_tags else value for tag, value in view["merge_fields"].items()}
    status = {"POST": "archived", "DELETE": "subscribed"}.get(first.method, view["status"])
    return view | {"merge_fields": merge_fields, "status": status, "last_changed": ""}
