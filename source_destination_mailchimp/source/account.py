"""The account as one sync sees it: what other streams hang on is read once, whoever asks first."""

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from source_destination_mailchimp.mailchimp.answers import RefusalKind
from source_destination_mailchimp.mailchimp.calls import look_for, read_account, read_report
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.errors import MailchimpError, Misconfigured, Refused
from source_destination_mailchimp.mailchimp.members import Json
from source_destination_mailchimp.mailchimp.paging import Collection, pages
from source_destination_mailchimp.source.rows import at, without_empty
from source_destination_mailchimp.source.settings import Settings, choose_audiences
from source_destination_mailchimp.source.shared_patience import SharedPatience
from source_destination_mailchimp.source.streams import BY_NAME, Parent, Stream


@dataclass(frozen=True, slots=True)
class ParentRecord:
    """One parent of a stream, such as an audience or a campaign: its own row, and what it fills into a path."""

    key: str
    """Its name in a state; "" for the account itself."""

    ids: dict[str, str]
    """Placeholder of a path → ID: `{"list_id": …}`."""

    row: Json = field(repr=False)

    path: str = ""
    """Where Mailchimp shows it alone; "" for the account itself, which is always there."""


ACCOUNT = ParentRecord("", {}, {})


@dataclass(frozen=True, slots=True)
class Parents:
    """The parents of one kind, as far as they could be listed."""

    found: list[ParentRecord]
    gone: list[ParentRecord] = field(default_factory=list)
    """Audiences that were deleted since the sync began."""

    errors: list[MailchimpError] = field(default_factory=list)
    """Why the parents in some audiences could not be listed; those in the others are found."""


class NotShown(MailchimpError):
    """Mailchimp answered 404 for a part of something that is there itself."""

    def __init__(self, path: str) -> None:
        super().__init__(f"Mailchimp answered 404 for a part of {path or 'the account'}, which itself still exists.")


class Account:
    """Reads of one account that more than one stream needs; safe from any number of threads.

    `pool` runs reads of pages and must not run anything that waits for them. `warn` takes sentences for the log.
    """

    def __init__(self, client: Client, settings: Settings, pool: Executor, warn: Callable[[str], None]) -> None:
        self.client = client
        self.settings = settings
        self.pool = pool
        self.warn = warn
        # Half of the client's, so that one stream gives up before the whole run does: others may be answered.
        self.patience = SharedPatience(client.clock, client.patience.longest_silence_seconds / 2)
        self._found: dict[str, Future[Any]] = {}
        self._lock = threading.Lock()

    def closed_at(self) -> datetime:
        """Return the last full second before the sync began, by Mailchimp's clock: nothing changes in it any more."""
        found: datetime = self._once("root", self._read_root)[1]
        return found

    def id(self) -> str:
        """Return what names the account, so that its states are not taken for another's."""
        return str(self._once("root", self._read_root)[0].get("account_id") or "")

    def _read_root(self) -> tuple[Json, datetime]:
        answer = self.client.send(read_account("account_id,account_name,role,pricing_plan_type"))
        now = (answer.server_time or self.client.clock.now()) - timedelta(seconds=answer.seconds)
        return answer.body, now.replace(microsecond=0) - timedelta(seconds=1)

    def audience_ids(self) -> list[str]:
        """Return the audiences to read; raises `BadSetting` for one that is not there."""
        return choose_audiences(self.settings.audiences, self.audience_names())

    def audience_names(self) -> dict[str, str]:
        """Return ID → name of every audience there is."""
        return {row["id"]: row.get("name") or "" for row in self._all(BY_NAME["lists"], ACCOUNT)}

    def rows(self, stream: Stream, parent: ParentRecord) -> list[Json]:
        """Return all rows of a stream under one parent, of the chosen audiences only. Don't change them."""
        rows = self._all(stream, parent)
        if not stream.audience_path or not self.settings.audiences:
            return rows
        # None: a campaign without an audience is a draft, which belongs to nobody else.
        chosen = {*self.audience_ids(), None}
        return [row for row in rows if at(row, stream.audience_path) in chosen]

    def loss(self, refused: Refused, parent: ParentRecord) -> MailchimpError | None:
        """Return what a refusal of something that hangs on `parent` means; None where the parent is gone.

        One 404 proves nothing: answers of Mailchimp's were seen to come from a copy that lags. Only if the parent
        itself is answered by 404 as well it was deleted, and what hung on it with it.
        """
        if refused.refusal.kind is not RefusalKind.NOT_FOUND:
            return refused
        try:
            if self.is_gone(parent):
                return None
        except MailchimpError as error:
            return error
        return NotShown(parent.path)

    def is_gone(self, parent: ParentRecord) -> bool:
        """Ask Mailchimp whether a parent is not there any more."""
        if not parent.path:
            return False
        try:
            self.client.send(look_for(parent.path))
        except Refused as refused:
            if refused.refusal.kind is RefusalKind.NOT_FOUND:
                return True
            raise
        return False

    def parents(self, kind: Parent) -> Parents:
        """Return every parent of one kind, whatever `start_date` is."""
        match kind:
            case Parent.ACCOUNT:
                return Parents([ACCOUNT])
            case Parent.REPORT:
                return Parents(self._campaigns())
            case Parent.AUDIENCE:
                return Parents(self._audiences())
            case Parent.AUTOMATION:
                return Parents(self._automations())
            case Parent.AUTOMATION_EMAIL:
                return self._automation_emails()
            case Parent.CATEGORY:
                return self._within_audiences(BY_NAME["interest_categories"], "category_id")

    def _campaigns(self) -> list[ParentRecord]:
        found = []
        for row in self.rows(BY_NAME["reports"], ACCOUNT):
            campaign_id = row["id"]
            # Not the report: it goes with its campaign. [observed]
            path = f"/campaigns/{campaign_id}"
            found.append(ParentRecord(campaign_id, {"campaign_id": campaign_id}, row, path))
        return found

    def _audiences(self) -> list[ParentRecord]:
        chosen = set(self.audience_ids())
        found = []
        for row in self.rows(BY_NAME["lists"], ACCOUNT):
            audience_id = row["id"]
            if audience_id in chosen:
                path = f"/lists/{audience_id}"
                found.append(ParentRecord(audience_id, {"list_id": audience_id}, row, path))
        return found

    def _automations(self) -> list[ParentRecord]:
        found = []
        for row in self.rows(BY_NAME["automations"], ACCOUNT):
            found.append(ParentRecord(row["id"], {"workflow_id": row["id"]}, row, f"/automations/{row['id']}"))
        return found

    def _automation_emails(self) -> Parents:
        """Return every email of a classic automation that was sent to somebody, with its report as its row.

        Its ID is that of a report, whose type is `automation`. [documented] Whether the list of reports has it nobody
        knows: where it has not, the report is asked for.
        """
        listed = Parents([])
        reports = {row["id"]: row for row in self.rows(BY_NAME["reports"], ACCOUNT)}
        stream = BY_NAME["automation_emails"]
        for automation in self._automations():
            try:
                with self.patience.trying(stream.name) as heard:
                    emails = self.rows(stream, automation)
                    heard()
                for email in emails:
                    report = reports.get(email["id"]) or self._report(email)
                    if report is not None:
                        ids = {**automation.ids, "campaign_id": email["id"]}
                        row = {**report, **automation.ids}
                        path = f"{automation.path}/emails/{email['id']}"
                        listed.found.append(ParentRecord(email["id"], ids, row, path))
            except Misconfigured:
                raise
            except MailchimpError as error:
                self._note(listed, automation, error)
        return listed

    def _report(self, email: Json) -> Json | None:
        """Return the report of an automation email; None of one that was never sent, which has none."""
        if not email.get("emails_sent"):
            return None
        call = read_report(email["id"])
        found: Json = self._once(call.path, lambda: self.client.send(call).body)
        return without_empty(found)

    def _within_audiences(self, stream: Stream, name: str) -> Parents:
        """Return a parent for each row that a stream has under any audience; `name` is its place in a path.

        An audience whose rows do not come costs the others nothing.
        """
        listed = Parents([])
        for audience in self._audiences():
            try:
                with self.patience.trying(stream.name) as heard:
                    rows = self.rows(stream, audience)
                    heard()
            except Misconfigured:
                raise
            except MailchimpError as error:
                self._note(listed, audience, error)
                continue
            where = stream.path.format_map(audience.ids)
            for row in rows:
                ids = {**audience.ids, name: row["id"]}
                listed.found.append(ParentRecord(str(row["id"]), ids, row, f"{where}/{row['id']}"))
        return listed

    def _note(self, listed: Parents, audience: ParentRecord, error: MailchimpError) -> None:
        loss = self.loss(error, audience) if isinstance(error, Refused) else error
        if loss is None:
            listed.gone.append(audience)
        else:
            listed.errors.append(loss)

    def _all(self, stream: Stream, parent: ParentRecord) -> list[Json]:
        rows: list[Json] = self._once(f"{stream.name} {parent.key}", lambda: self._read(stream, parent.ids))
        return rows

    def _read(self, stream: Stream, ids: dict[str, str]) -> list[Json]:
        """Read rows without those that came twice because the collection changed meanwhile."""
        added = {}
        for name in stream.added:
            if name in ids:
                added[name] = ids[name]
        found = {}
        for page in pages(self.client, collection(stream, ids), self.pool, on_difference=self.warn):
            for row in page:
                row.update(added)
                key = tuple(str(row.get(name)) for name in stream.primary_key)
                found[key] = without_empty(row)
        return list(found.values())

    def _once(self, key: str, read: Callable[[], Any]) -> Any:
        """Return what `read` answers; the first who asks reads, all others wait for the same answer, or error."""
        with self._lock:
            future = self._found.get(key)
            is_first = future is None
            if future is None:
                future = Future()
                self._found[key] = future
        if is_first:
            try:
                future.set_result(read())
            except BaseException as error:
                future.set_exception(error)
        return future.result()


def collection(stream: Stream, ids: dict[str, Any], **params: str) -> Collection:
    """Return how the rows of a stream under one parent are asked for."""
    asked = {"exclude_fields": f"{stream.key}._links,_links", **stream.params, **params}
    path = stream.path.format_map(ids)
    return Collection(path, stream.key, asked, stream.total_lies)
