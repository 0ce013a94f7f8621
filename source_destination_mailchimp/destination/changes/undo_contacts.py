"""The calls of undo: look at a contact, and do to it what was decided, unless it has changed meanwhile."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, assert_never

from source_destination_mailchimp.destination.changes.change_log import ChangeLog
from source_destination_mailchimp.destination.changes.changed_contacts import Changed
from source_destination_mailchimp.destination.changes.history import History, Where
from source_destination_mailchimp.destination.changes.lines import REFUSED, UNKNOWN, WRITTEN
from source_destination_mailchimp.destination.changes.undo_plan import (
    Archive,
    PutBack,
    Stays,
    Step,
    decide,
    is_back,
    stays_anyway,
)
from source_destination_mailchimp.destination.writing.access import stop_unless_about_one
from source_destination_mailchimp.destination.writing.failing_contacts import FailingContacts
from source_destination_mailchimp.mailchimp import api, calls
from source_destination_mailchimp.mailchimp.answers import Knowledge, Refusal
from source_destination_mailchimp.mailchimp.calls import Call
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.errors import Unavailable
from source_destination_mailchimp.mailchimp.members import Json, shows_all_tags

SHOWN = "id,email_address,status,last_changed,merge_fields,interests,language,vip,email_type,tags,tags_count"


class ChangedMeanwhile(Exception):
    """Between two tries the contact changed: by the first of them, or by somebody else."""


@dataclass(frozen=True, slots=True)
class UndoContacts:
    """Looks at contacts and takes back what a run did to them, from whatever thread calls it."""

    client: Client
    id_fields: frozenset[str]
    failing: FailingContacts = field(default_factory=FailingContacts)

    def look(self, changed: Changed) -> Step:
        """Return what is to be done about a contact as it is now."""
        history = changed.history
        stays = stays_anyway(history, is_later=changed.is_later)
        if stays is not None:
            return stays
        try:
            present = self._present(history.where)
        except Unavailable as error:
            self._give_up(history.where, error)
            return Stays.FAILING
        return decide(history, present, self.id_fields)

    def undo(self, changed: Changed, log: ChangeLog) -> Step:
        """Look once more, write down what is to be done, and do it; returns what came of it."""
        history = changed.history
        step = self.look(changed)
        match step:
            case Stays():
                return step
            case Archive():
                where = history.where
                return self._do(history, log, step, [calls.archive_member(where.audience, where.member)])
            case PutBack():
                return self._do(history, log, step, _calls_back(history.where, step))
            case never:
                assert_never(never)

    def undo_again(self, changed: Changed, log: ChangeLog) -> Step:
        """Go on with a contact whose answer an earlier start did not live to see."""
        history = changed.history
        if self._is_back(history):
            return as_done(history)
        step = self.undo(changed, log)
        return Stays.UNANSWERED if step is Stays.CHANGED_SINCE else step

    def _do(self, history: History, log: ChangeLog, step: Archive | PutBack, wanted: list[Call]) -> Step:
        (number,) = log.leaving([_change(history, step, log.now())])
        result = self._sent(history, wanted)
        if result == UNKNOWN and self._is_back(history):
            result = WRITTEN
        log.answered([(number, {"result": result})])
        return settled_as(result, step)

    def _sent(self, history: History, wanted: list[Call]) -> str:
        """Send the calls of one contact, one after the other; an answer that was lost is no reason to go on."""
        result = REFUSED
        for index, call in enumerate(wanted):
            check = self._check(history) if index == 0 else _send_once
            try:
                answer = self.client.ask(call, before_retry=check)
            except ChangedMeanwhile:
                return UNKNOWN
            except Unavailable as error:
                self._give_up(history.where, error)
                return UNKNOWN
            match answer:
                case Knowledge():
                    result = WRITTEN
                case Refusal():
                    stop_unless_about_one(self.client, history.where.audience, answer)
                    return REFUSED if index == 0 else UNKNOWN
                case never:
                    assert_never(never)
        return result

    def _check(self, history: History) -> Callable[[], None]:
        """Return what is asked before a second try: the contact must still be as the run left it."""

        def check() -> None:
            present = api.member(self.client, history.where.audience, history.where.member, "status,last_changed") or {}
            if (present.get("status"), present.get("last_changed")) != (history.status, history.last_changed):
                raise ChangedMeanwhile

        return check

    def _is_back(self, history: History) -> bool:
        """Return whether a contact is as undo would make it; False too where Mailchimp fails over them."""
        try:
            present = self._present(history.where)
        except Unavailable as error:
            self._give_up(history.where, error)
            return False
        return is_back(history, present, self.id_fields)

    def _give_up(self, where: Where, error: Unavailable) -> None:
        """Take note that Mailchimp fails over a contact; raises the error where it may fail over others too."""
        if not error.may_be_about_the_call:
            raise error
        self.client.ask(calls.read_audience(where.audience))
        if not self.failing.give_up(where.audience, where.member):
            raise error

    def _present(self, where: Where) -> Json | None:
        present = api.member(self.client, where.audience, where.member, SHOWN)
        if present is not None and not shows_all_tags(present):
            names = api.member_tags(self.client, where.audience, where.member)
            present["tags"] = [{"name": name} for name in names]
        return present


def settled_as(result: str, step: Step) -> Step:
    """Return what became of a contact, by the result that is written down of its calls."""
    if result == WRITTEN:
        return step
    if result == REFUSED:
        return Stays.REFUSED
    return Stays.UNANSWERED


def as_done(history: History) -> Step:
    """Return the step that an earlier start took for a contact."""
    if history.is_added:
        return Archive()
    return PutBack()


def _send_once() -> None:
    """Refuse a second try: nothing shows whether the first was taken."""
    raise ChangedMeanwhile


def _calls_back(where: Where, step: PutBack) -> list[Call]:
    """Return the calls that put values and tags back; none of them holds a status, and none starts a journey."""
    wanted = []
    if step.changes:
        wanted.append(calls.patch_member(where.audience, where.member, step.changes, skip_merge_validation=True))
    if step.tags:
        wanted.append(calls.set_member_tags(where.audience, where.member, step.tags))
    return wanted


def _change(history: History, step: Archive | PutBack, at: str) -> Mapping[str, Any]:
    """Return what is written down before a contact is touched."""
    change: Json = {"at": at, "audience": history.where.audience, "member": history.where.member}
    if isinstance(step, PutBack):
        return change | {"call": "put_back", "sent": dict(step.changes), "tags": dict(step.tags)}
    return change | {"call": "archive"}
