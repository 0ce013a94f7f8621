"""The account as one sync sees it: what other streams hang on is read once, whoever asks first."""

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from source_destination_mailchimp.mailchimp.calls import read_account
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.members import Json
from source_destination_mailchimp.mailchimp.paging import Collection, pages
from source_destination_mailchimp.source.config import Settings, choose_audiences
from source_destination_mailchimp.source.rows import at, without_empty
from source_destination_mailchimp.source.streams import BY_NAME, Parent, Stream


@dataclass(frozen=True, slots=True)
class Place:
    """One parent of a stream: what fills its path, and the parent's own row."""

    key: str
    """Its name in a state; "" for the account itself."""

    ids: dict[str, str]
    row: Json = field(repr=False)


class Account:
    """Reads of one account that more than one stream needs; safe from any number of threads.

    `pool` runs reads of pages and must not run anything that waits for them.
    """

    def __init__(self, client: Client, settings: Settings, pool: Executor) -> None:
        self.client = client
        self.settings = settings
        self.pool = pool
        self._found: dict[str, Future[Any]] = {}
        self._lock = threading.Lock()

    def closed_at(self) -> datetime:
        """The last full second before the sync began, by Mailchimp's clock: nothing can change in it any more."""
        found: datetime = self._once("root", self._read_root)[1]
        return found

    def id(self) -> str:
        """What names the account, so that its states are not taken for another's."""
        return str(self._once("root", self._read_root)[0].get("account_id") or "")

    def role(self) -> str:
        """What the key's user may do, in Mailchimp's word."""
        return str(self._once("root", self._read_root)[0].get("role") or "")

    def _read_root(self) -> tuple[Json, datetime]:
        answer = self.client.send(read_account("account_id,account_name,role,pricing_plan_type"))
        now = (answer.server_time or self.client.clock.now()) - timedelta(seconds=answer.seconds)
        return answer.body, now.replace(microsecond=0) - timedelta(seconds=1)

    def audience_ids(self) -> list[str]:
        """The audiences to read; raises `BadSetting` for one that is not there."""
        return choose_audiences(self.settings.audiences, self.audience_names())

    def audience_names(self) -> dict[str, str]:
        """ID → name of every audience there is."""
        return {row["id"]: row.get("name") or "" for row in self._all("lists", BY_NAME["lists"], {})}

    def rows(self, stream: Stream, place: Place) -> list[Json]:
        """All rows of a stream under one parent, of the chosen audiences only. Don't change them."""
        rows: list[Json] = self._all(f"{stream.name} {place.key}", stream, place.ids)
        if not stream.audience_path or not self.settings.audiences:
            return rows
        chosen = {*self.audience_ids(), None}
        return [row for row in rows if at(row, stream.audience_path) in chosen]

    def places(self, parent: Parent) -> list[Place]:
        """Every parent of one kind, whatever `start_date` is."""
        root = Place("", {}, {})
        if parent is Parent.ACCOUNT:
            return [root]
        if parent is Parent.REPORT:
            reports = self.rows(BY_NAME["reports"], root)
            return [Place(row["id"], {"campaign_id": row["id"]}, row) for row in reports]
        chosen = set(self.audience_ids())
        lists = [row for row in self.rows(BY_NAME["lists"], root) if row["id"] in chosen]
        audiences = [Place(row["id"], {"list_id": row["id"]}, row) for row in lists]
        if parent is Parent.AUDIENCE:
            return audiences
        stream, name = {
            Parent.SEGMENT: (BY_NAME["segments"], "segment_id"),
            Parent.CATEGORY: (BY_NAME["interest_categories"], "category_id"),
        }[parent]
        return [
            Place(str(row["id"]), {**audience.ids, name: row["id"]}, row)
            for audience in audiences
            for row in self.rows(stream, audience)
        ]

    def _all(self, key: str, stream: Stream, ids: dict[str, str]) -> Any:
        key = "lists" if stream.name == "lists" else key
        return self._once(key, lambda: self._read(stream, ids))

    def _read(self, stream: Stream, ids: dict[str, str]) -> list[Json]:
        found = {}
        for page in pages(self.client, collection(stream, ids), self.pool):
            for row in page:
                row.update({name: ids[name] for name in stream.added if name in ids})
                found[tuple(str(row.get(name)) for name in stream.primary_key)] = without_empty(row)
        return list(found.values())

    def _once(self, key: str, read: Callable[[], Any]) -> Any:
        with self._lock:
            future = self._found.get(key)
            is_first = future is None
            if future is None:
                future = self._found[key] = Future()
        if is_first:
            try:
                future.set_result(read())
            except BaseException as error:
                future.set_exception(error)
        return future.result()


def collection(stream: Stream, ids: dict[str, Any], **params: str) -> Collection:
    """How the rows of a stream under one parent are asked for."""
    asked = {"exclude_fields": f"{stream.key}._links,_links", **stream.params, **params}
    path = stream.path.format_map(ids)
    return Collection(path, stream.key, asked, stream.is_paged, stream.total_lies)
