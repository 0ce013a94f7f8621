"""Plays a recording of the real API against the sandbox: sets up what it presupposes, compares every exchange.

Everything is set up through the API and the control API, at the moments the recording names, so that even times are
compared for equality: the clock stands at the second in which a recorded write is known to have happened.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import requests

from integration_tests.sandbox.comparing import ORIGIN, Names, alike, differences
from integration_tests.sandbox.recorded import Exchange, Json, Person, Presupposed, presupposed, touched, views

SETTINGS = (
    "name",
    "permission_reminder",
    "use_archive_bar",
    "campaign_defaults",
    "notify_on_subscribe",
    "notify_on_unsubscribe",
    "email_type_option",
    "double_optin",
    "marketing_permissions",
)
PAGES_ONLY = ("visibility", "has_welcome", "modules")  # set in Mailchimp's own pages, not by the API
PLAIN_LIST = {
    "name": "Recorded",
    "permission_reminder": "You asked for it.",
    "email_type_option": False,
    "campaign_defaults": {"from_name": "A", "from_email": "a@grouparoo.com", "subject": "", "language": "en"},
    "contact": {"company": "A", "address1": "1 Road", "city": "Town", "country": "US"},
}
FIELD = ("tag", "name", "type", "required", "default_value", "public", "display_order", "options", "help_text")
DATA = ("merge_fields", "language", "vip", "email_type", "ip_signup", "timestamp_signup")
EARLY = "2020-01-01T00:00:00+00:00"


class Replay:
    """One recording against one empty sandbox."""

    def __init__(self, origin: str, key: str) -> None:
        self._origin = origin
        self._session = requests.Session()
        self._session.auth = ("anystring", key)
        self.names = Names()

    def run(self, exchanges: list[Exchange]) -> list[str]:
        """Every disagreement, one line each, led by the exchange it was found in."""
        self.set_up(presupposed(exchanges))
        found: list[str] = []
        for position, exchange in enumerate(exchanges):
            if exchange.writes:
                self._control("clock", {"now": moment_of(exchanges, position)})
            line = f"{position} {exchange.method} {exchange.path}"
            found += [f"{line} {difference}" for difference in self._compared(exchange)]
        return found

    def set_up(self, needed: Presupposed) -> None:
        """Audiences, their merge fields, and their people in the order they were made in."""
        self._control("reset", {})
        self._control("seed", {"account": needed.account})
        for entry in sorted(needed.lists, key=lambda entry: str(entry.get("date_created", EARLY))):
            self._control("clock", {"now": entry.get("date_created", EARLY)})
            made = self._call("POST", "/lists", PLAIN_LIST | {key: entry[key] for key in SETTINGS if key in entry})
            own = {key: entry[key] for key in PAGES_ONLY if key in entry}
            self._control("seed", {"audience": made["id"], **own})
            self.names.bind("list_id", entry["id"], made["id"])
            if entry["id"] in needed.merge_fields:
                self._define(made["id"], needed.merge_fields[entry["id"]])
        for person in sorted(needed.people, key=_age):
            self._make(person)

    def _define(self, list_id: str, fields: list[Json]) -> None:
        here = self._call("GET", f"/lists/{list_id}/merge-fields?count=1000")["merge_fields"]
        wanted = {field["tag"]: {key: field[key] for key in FIELD if key in field} for field in fields}
        for field in here:
            path = f"/lists/{list_id}/merge-fields/{field['merge_id']}"
            if field["tag"] in wanted:
                self._call("PATCH", path, wanted.pop(field["tag"]))
            else:
                self._call("DELETE", path)
        order = {field["tag"]: field.get("merge_id", position) for position, field in enumerate(fields)}
        for tag in sorted(wanted, key=lambda tag: int(order[tag])):
            self._call("POST", f"/lists/{list_id}/merge-fields", wanted[tag])

    def _make(self, person: Person) -> None:
        """The member as they were: made at `timestamp_opt`, brought to their status at `last_changed`."""
        if person.view is None and not person.forgotten:
            return
        if not person.address:
            raise AssertionError(f"the recording never shows the address of {sorted(person.hashes)}")
        view: Json = person.view or {}
        list_id = str(self.names.here["list_id", person.list_id])
        status = view.get("status", "subscribed")
        self._control("clock", {"now": view.get("timestamp_opt") or EARLY})
        data = {key: view[key] for key in DATA if view.get(key)}
        data["merge_fields"] = {tag: value for tag, value in data.get("merge_fields", {}).items() if value != ""}
        first = status if status in ("pending", "transactional") else "subscribed"
        body = {"email_address": person.address, "status": first, **data}
        path = f"/lists/{list_id}/members"
        made = self._call("POST", f"{path}?skip_merge_validation=true", body)
        tags = [{"name": tag["name"], "status": "active"} for tag in view.get("tags", ())]
        if tags:
            self._call("POST", f"{path}/{made['id']}/tags", {"tags": tags})
        self._bring(f"{path}/{made['id']}", person, first)

    def _bring(self, path: str, person: Person, first: str) -> None:
        view: Json = person.view or {}
        opted, changed = view.get("timestamp_opt"), view.get("last_changed")
        if changed:
            self._control("clock", {"now": changed})
        status = view.get("status", first)
        if person.forgotten:
            self._call("POST", f"{path}/actions/delete-permanent")
        elif status == "archived":
            self._call("DELETE", path)
        elif status == "cleaned":
            self._person(person, "bounce_hard")
        elif status == "unsubscribed" and person.left_alone:
            self._person(person, "unsubscribe")
        elif status != first:
            self._call("PATCH", path, {"status": status})
        elif changed and opted and changed != opted:
            self._call("PATCH", path, {"vip": not view.get("vip", False)})
            self._call("PATCH", path, {"vip": view.get("vip", False)})

    def _person(self, person: Person, action: str) -> None:
        list_id = self.names.here["list_id", person.list_id]
        order = {"email": person.address, "audience": list_id, "action": action}
        reason = (person.view or {}).get("unsubscribe_reason")
        self._control("people", order | ({"reason": reason} if reason else {}))

    def _compared(self, exchange: Exchange) -> Iterator[str]:
        answer = self._send(exchange)
        body = answer.json() if answer.content else None
        if answer.status_code != exchange.status:
            yield f"status: {answer.status_code}, recorded {exchange.status}: {answer.text[:300]}"
            return
        yield from differences(exchange.response, body, self.names)
        if isinstance(body, dict) and "instance" in body and body["instance"] != answer.headers["X-Request-Id"]:
            yield f"instance: {body['instance']} is not the request's ID"
        for name, value in exchange.headers.items():
            yield from self._header(name, value, answer.headers.get(name))

    def _header(self, name: str, recorded: str, here: str | None) -> Iterator[str]:
        """Content-Type and Allow are equal, Link is equal but for its host, an ID has the form of one."""
        wanted, got = recorded, here or ""
        if name == "Link":
            wanted, got = self.names.translate(ORIGIN.sub("", recorded)), ORIGIN.sub("", got)
        same = alike(wanted, got) if name == "X-Request-Id" else wanted == got
        if not same:
            yield f"{name}: {here!r}, recorded {recorded!r}"

    def _send(self, exchange: Exchange) -> requests.Response:
        query = "&".join(f"{key}={value}" for key, value in (exchange.query or {}).items())
        path = self.names.translate(exchange.path) + (f"?{query}" if query else "")
        host = exchange.host.split("//")[-1].split(":")[0]
        return self._session.request(
            exchange.method, self._origin + path, json=exchange.body, headers={"Host": host}, timeout=30
        )

    def _call(self, method: str, path: str, body: Json | None = None) -> Any:
        answer = self._session.request(method, f"{self._origin}/3.0{path}", json=body, timeout=30)
        if answer.status_code >= 300:
            raise AssertionError(f"setting up {method} {path}: {answer.status_code} {answer.text[:500]}")
        return answer.json() if answer.content else None

    def _control(self, call: str, body: Json) -> None:
        answer = self._session.post(f"{self._origin}/_sandbox/{call}", json=body, timeout=30)
        if answer.status_code >= 300:
            raise AssertionError(f"setting up {call}: {answer.status_code} {answer.text[:500]}")


def _age(person: Person) -> tuple[str, int]:
    view: Json = person.view or {}
    return str(view.get("timestamp_opt") or EARLY), int(view.get("web_id", 0))


def moment_of(exchanges: list[Exchange], position: int) -> str:
    """The second a write is known to have happened in, from the next answer that shows its member.

    A write that left `last_changed` alone is put one second later than it, so that a wrong bump would show; but a call
    for tags, which moves it even where it changes nothing, is taken to have been made within that second.
    """
    members = set(touched(exchanges[position]))
    before = max(
        (view["last_changed"] for e in exchanges[:position] for view in views(e) if _is(view, members)), default=""
    )
    for later in exchanges[position:]:
        for view in views(later):
            if _is(view, members):
                if view["last_changed"] > before or exchanges[position].path.endswith("/tags"):
                    return str(view["last_changed"])
                return second_after(before)
        if later is not exchanges[position] and later.writes and members & set(touched(later)):
            break
    return second_after(before or EARLY)


def _is(view: Json, members: set[tuple[str, str]]) -> bool:
    return (view["list_id"], view["id"]) in members


def second_after(moment: str) -> str:
    """The next second, as Mailchimp writes times."""
    return (datetime.fromisoformat(moment) + timedelta(seconds=1)).isoformat()
