"""One piece of work becomes calls, and Mailchimp's answers become one answer per member."""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson

from source_destination_mailchimp.destination.model import Operation, Route
from source_destination_mailchimp.destination.work import (
    Answered,
    CheckTags,
    MemberTags,
    MemberTagsAnswer,
    RowAnswer,
    TagAnswer,
    TagBatch,
    TagsChecked,
    Work,
)
from source_destination_mailchimp.destination.writing.batches import LOOKED_AT_FIRST, SINGLE_CALLS, SUBSCRIBE_ROUTES
from source_destination_mailchimp.destination.writing.recheck import Done, Moved, look
from source_destination_mailchimp.destination.writing.tag_ids import Tags
from source_destination_mailchimp.mailchimp import api
from source_destination_mailchimp.mailchimp.bulk import Call, run_job
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.errors import (
    MemberRefusal,
    Misconfigured,
    Refused,
    member_refusal,
    refused,
)
from source_destination_mailchimp.mailchimp.members import Json, Status, Tag, normal_address, without_addresses


@dataclass(slots=True)
class Sender:
    """Sends work to one audience, from whatever thread calls it."""

    client: Client
    audience_id: str
    skip_merge_validation: bool
    sleep: Callable[[float], None]
    tags: Tags

    def send(self, work: Work) -> Answered:
        """Do one piece of work; raises what ends the run, and nothing for a refused member."""
        if isinstance(work, TagBatch):
            return self._tag(work)
        if isinstance(work, MemberTags):
            return self._member_tags(work)
        if isinstance(work, CheckTags):
            self.tags.check(work.names)
            return TagsChecked()
        if work.route in SUBSCRIBE_ROUTES:
            return list(self._subscribe(work.route, work.operations))
        return list(self._call_each(work.operations))

    # Members, up to 500 a call

    def _subscribe(self, route: Route, operations: tuple[Operation, ...]) -> Iterator[RowAnswer]:
        body = orjson.dumps({"members": [_row(o) for o in operations], "update_existing": route is not Route.ADD})
        try:
            answer = api.subscribe_members(
                self.client, self.audience_id, body, skip_merge_validation=self.skip_merge_validation
            )
        except Refused as error:
            _stop_if_not_about_members(error)
            if len(operations) == 1:
                yield _refused_row(operations[0], error)
                return
            if route is Route.UPDATE:  # each goes by PATCH, which says what is wrong with whom
                yield from (RowAnswer(one, None, MemberRefusal.OTHER, "", error.sentence()) for one in operations)
                return
            # One member spoils the call for all: halve until it stands alone.
            middle = len(operations) // 2
            yield from self._subscribe(route, operations[:middle])
            yield from self._subscribe(route, operations[middle:])
            return
        yield from _rows(operations, answer.body, answer.tries)

    # Members, one call each

    def _call_each(self, operations: tuple[Operation, ...]) -> Iterator[RowAnswer]:
        if len(operations) <= SINGLE_CALLS:
            yield from map(self._call_one, operations)
            return
        calls = [self._call(operation)._replace(id=operation.subscriber) for operation in operations]
        results = run_job(self.client, calls, self.sleep)
        for operation in operations:
            result = results.get(operation.subscriber)
            if result is None or result.status == 429 or result.status >= 500:
                yield self._call_one(operation)
            elif 200 <= result.status < 300:
                yield RowAnswer(operation, result.body or None)
            else:
                yield _refused_row(operation, refused(result.status, result.body))

    def _call_one(self, operation: Operation) -> RowAnswer:
        call = self._call(operation)
        before_retry = None
        try:
            if operation.route in LOOKED_AT_FIRST:
                look(self.client, self.audience_id, operation, is_retry=False)
                before_retry = partial(look, self.client, self.audience_id, operation, is_retry=True)
            answer = self.client.call(
                call.method, call.path, params=call.params, body=call.body, before_retry=before_retry
            )
        except Moved:
            return RowAnswer(operation, refusal=MemberRefusal.MOVED)
        except Done as done:
            return RowAnswer(operation, done.member, tries=2)
        except Refused as error:
            if error.status == 403:
                _stop_if_not_about_members(error)
            return _refused_row(operation, error)
        return RowAnswer(operation, answer.body, tries=answer.tries)

    def _call(self, operation: Operation) -> Call:
        path = f"/lists/{self.audience_id}/members/{operation.subscriber}"
        params = {"skip_merge_validation": "true"} if self.skip_merge_validation else None
        if operation.route is Route.ARCHIVE:
            return Call("", "DELETE", path)
        if operation.route is Route.DELETE:
            return Call("", "POST", f"{path}/actions/delete-permanent")
        body = dict(operation.changes)
        if operation.status is not None:
            body["status"] = operation.status.value
        if operation.route is Route.RESUBSCRIBE:
            return Call("", "PUT", path, params, {"email_address": _address(operation), **body})
        return Call("", "PATCH", path, params, body)

    # Tags

    def _tag(self, batch: TagBatch) -> TagAnswer:
        everybody = {**batch.on, **batch.off}
        tag, is_made = None, False
        try:
            if batch.on:
                tag, is_made = self.tags.make(batch.tag, list(batch.on.values()))
            else:
                tag = self.tags.find(batch.tag)
            done = tag is None or (is_made and tag.members == len(everybody))  # nobody carries what is not there
            refused = {} if done or tag is None else self._change_tag(tag, batch)
        except Refused as error:
            if error.status == 404 and tag is not None:
                self.tags.forget(batch.tag)  # somebody deleted the tag meanwhile
            refused = dict.fromkeys(everybody, error.sentence())
        return TagAnswer(batch, refused, is_made)

    def _change_tag(self, tag: Tag, batch: TagBatch) -> Mapping[str, str]:
        """Change a tag for up to 500 people each way; who was not taken, with Mailchimp's words."""
        for double in self.tags.doubles(batch.tag) if batch.off else ():
            with contextlib.suppress(Refused):  # nobody to take it from, or gone meanwhile
                api.change_tag(self.client, self.audience_id, double, [], list(batch.off.values()))
        open_rows = {normal_address(email): key for key, email in (batch.on | batch.off).items()}
        answer = api.change_tag(
            self.client, self.audience_id, tag.id, list(batch.on.values()), list(batch.off.values())
        ).body
        for member in (*answer.get("members_added", ()), *answer.get("members_removed", ())):
            open_rows.pop(normal_address(member["email_address"]), None)
        words = NOT_TAGGED
        for group in answer.get("errors", ()):
            if "exist" not in group.get("error", ""):
                words = group.get("error") or words
                continue
            for email in group.get("email_addresses", ()):
                open_rows.pop(normal_address(email), None)  # "already exist", "do not exist": it is as it was wanted
        return dict.fromkeys(open_rows.values(), words)

    def _member_tags(self, work: MemberTags) -> MemberTagsAnswer:
        if len(work.changes) > SINGLE_CALLS:
            return self._member_tags_by_job(work)
        failed: dict[str, str] = {}
        for subscriber, changes in work.changes.items():
            try:
                api.set_member_tags(self.client, self.audience_id, subscriber, self.tags.spelled(changes))
            except Refused as error:
                failed[subscriber] = error.sentence()
        return MemberTagsAnswer(work.changes, failed)

    def _member_tags_by_job(self, work: MemberTags) -> MemberTagsAnswer:
        calls = [
            Call(
                subscriber,
                "POST",
                f"/lists/{self.audience_id}/members/{subscriber}/tags",
                None,
                api.tags_body(self.tags.spelled(changes)),
            )
            for subscriber, changes in work.changes.items()
        ]
        results = run_job(self.client, calls, self.sleep)
        failed: dict[str, str] = {}
        again: dict[str, Mapping[str, bool]] = {}
        for subscriber, changes in work.changes.items():
            result = results.get(subscriber)
            if result is None or result.status == 429 or result.status >= 500:
                again[subscriber] = changes
            elif not 200 <= result.status < 300:
                failed[subscriber] = refused(result.status, result.body).sentence()
        for subscriber, changes in again.items():
            failed.update(self._member_tags(MemberTags({subscriber: changes})).refused)
        return MemberTagsAnswer(work.changes, failed)


NOT_TAGGED = "Some of the emails provided were not tagged. Check the Mailchimp marketing subscription statuses"
"""What Mailchimp means when it leaves people out of a tag call in silence. [wording reported by users]"""


def _stop_if_not_about_members(error: Refused) -> None:
    """A refusal that every member would get: a right that is missing, an audience that is gone."""
    if error.status in (401, 403):
        raise Misconfigured(
            f"Mailchimp does not let the user of these credentials write: {without_addresses(error.sentence())} "
            "Use the key of a user whose role may manage the audience."
        ) from error
    if error.status == 404:
        raise Misconfigured("The audience is not there any more. Choose another one in audience.") from error


def _address(operation: Operation) -> str:
    return operation.known.email if operation.known else operation.contact.email


def _row(operation: Operation) -> Json:
    """One member of a batch subscribe. `status_if_new` is the person's own status: see `planning.route_for`."""
    if operation.route is Route.UPDATE:
        status = {"status_if_new": operation.known.status.value if operation.known else Status.SUBSCRIBED.value}
    else:
        status = {"status": operation.status.value if operation.status else ""}
    return {"email_address": _address(operation), **status, **operation.changes}


def _rows(operations: Iterable[Operation], body: Mapping[str, Any], tries: int) -> Iterator[RowAnswer]:
    """One answer per operation, matched by address; who is in none of Mailchimp's lists is unanswered."""
    open_rows = {normal_address(_address(operation)): operation for operation in operations}
    for key in ("new_members", "updated_members"):
        for member in body.get(key, ()):
            operation = open_rows.pop(normal_address(member["email_address"]), None)
            if operation is not None:
                yield RowAnswer(operation, member, tries=tries, is_new=key == "new_members")
    for error in body.get("errors", ()):
        operation = open_rows.pop(normal_address(error.get("email_address", "")), None)
        if operation is not None:
            yield _error_row(operation, error, tries)
    for operation in open_rows.values():
        yield RowAnswer(operation, refusal=MemberRefusal.UNANSWERED, tries=tries)


def _error_row(operation: Operation, error: Mapping[str, Any], tries: int) -> RowAnswer:
    field = str(error.get("field") or "")
    sentence = str(error.get("error") or "")
    message = str(error.get("field_message") or "")
    kind = member_refusal(sentence, code=str(error.get("error_code") or ""), field=field)
    return RowAnswer(operation, None, kind, field, f"{sentence} {message}".strip() if field else sentence, tries)


def _refused_row(operation: Operation, error: Refused) -> RowAnswer:
    field = error.fields[0][0] if error.fields else ""
    kind = member_refusal(error.detail, title=error.title, field=field)
    return RowAnswer(operation, None, kind, field, error.sentence(), error.tries)
