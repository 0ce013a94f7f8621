"""How stories are played: a run of the loop over the messages of one, on a copy of its audience."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from source_destination_mailchimp.airbyte.messages import Line, Message
from source_destination_mailchimp.destination.checkpoints import Checkpoints
from source_destination_mailchimp.destination.deletion_window import DeletionWindow
from source_destination_mailchimp.destination.mapping.consent_and_deletion import (
    meaning_of_no,
    opt_out_answer,
    stricter,
)
from source_destination_mailchimp.destination.mapping.values import MISSING
from source_destination_mailchimp.destination.members.lookup import Members
from source_destination_mailchimp.destination.mirror.departure_tally import DepartureTally
from source_destination_mailchimp.destination.mirror.departures import Departures
from source_destination_mailchimp.destination.mirror.mirrored_list import Mirror
from source_destination_mailchimp.destination.model import Contact, Note, Operation, OptIn, Reason, Rejected
from source_destination_mailchimp.destination.pipeline import Pipeline
from source_destination_mailchimp.destination.reporting.report import Report
from source_destination_mailchimp.destination.rules.consent import Rules
from source_destination_mailchimp.destination.rules.limits import Fuse, Limits
from source_destination_mailchimp.destination.rules.plan import StreamRules
from source_destination_mailchimp.destination.rules.tags import TagRules
from source_destination_mailchimp.destination.settling import Settling
from source_destination_mailchimp.destination.storing.store import KeepsNothing, Store
from source_destination_mailchimp.destination.sync import Lane, MapsRecords, Sync
from source_destination_mailchimp.destination.work import Settlement
from source_destination_mailchimp.destination.writing.workers import Stopped
from source_destination_mailchimp.mailchimp.members import Status, member_hash
from unit_tests.destination.planned import NOW
from unit_tests.destination.pretend_reader import members_of
from unit_tests.destination.stories.drawing import LIST, Story, Stream
from unit_tests.destination.stories.inline_workers import InlineWorkers
from unit_tests.destination.stories.pretend_mailchimp import PretendMailchimp


class PretendMapper:
    """Maps the records of a story: their columns have the names of their targets."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def map(self, record: Any) -> Contact | Rejected:
        """Return a record as a contact; one without an address is rejected, unless it is a deletion with an id."""
        email = record["email"]
        if email is None:
            return Rejected(self._stream.id, record, Note(Reason.NO_EMAIL))
        return Contact(
            self._stream.id,
            record,
            email,
            member_hash(email) if email else "",
            merge={tag: record[tag] for tag in ("FNAME", "CRMID") if tag in record},
            tags=tuple(record.get("tags", ())),
            opt_in=self._answer(record),
            consent_seconds=record.get("consent"),
            deleted=record.get("deleted", False),
            external_id=record.get("CRMID", ""),
        )

    def _answer(self, record: Any) -> OptIn:
        """What a record says to whether they may be mailed: of two columns the stricter answer, of a deletion a no."""
        answer = OptIn(record.get("opt_in", OptIn.NOT_ASKED.value))
        if answer is OptIn.NO:
            answer = meaning_of_no(self._stream.opt_in_no)
        if self._stream.has_opt_out:
            opted_out, _ = opt_out_answer(record.get("left", MISSING), "left", NOW)
            answer = stricter(answer, opted_out)
        if record.get("deleted") and answer is not OptIn.NO:
            return OptIn.NOT_ASKED
        return answer


@dataclass
class Played:
    """One run of a story: what came out, and what was left when it ended."""

    story: Story
    mailchimp: PretendMailchimp
    members: Members
    limits: Limits
    report: Report
    sync: Sync
    shown: list[Operation] = field(default_factory=list)
    """What a dry run would have told."""

    states: list[Message] = field(default_factory=list)
    settlements: list[Settlement] = field(default_factory=list)
    taken: list[Line] = field(default_factory=list)
    windows: list[DeletionWindow] = field(default_factory=list)

    def close(self) -> None:
        """Give back every temporary file, as the end of a real run does."""
        self.members.close()
        for window in self.windows:
            window.discard()


class Player:
    """Plays a story on a copy of its audience, again and again if need be."""

    def __init__(
        self,
        story: Story,
        *,
        lost_answers: float | None = None,
        people_act: bool | None = None,
        store: Store | None = None,
    ) -> None:
        self.story = story
        self.store = store or KeepsNothing()
        self.luck = Random(story.seed)
        lost = story.lost_answers if lost_answers is None else lost_answers
        self.people_act = story.people_act if people_act is None else people_act
        self.mailchimp = PretendMailchimp(dict(story.audience), self.luck, lost, story.broken)
        self.mailchimp.refuses_tags = story.refuses_tags

    def play(
        self,
        messages: tuple[Line, ...] | None = None,
        *,
        die_after: int | None = None,
        stop_after: int | None = None,
    ) -> Played:
        """Run the loop over messages (the story's) to its end, or until it is killed, or told to stop, after some."""
        workers = InlineWorkers(self.luck)
        played = self._assembled(workers)
        try:
            given = self.story.messages if messages is None else messages
            for message in played.sync.run(self._fed(given, played, die_after, stop_after)):
                if message["type"] == "STATE":
                    played.states.append(message)
        except Killed:
            workers.die()
        except Stopped:
            played.states.extend(played.sync.settled_states())
            workers.die()
        finally:
            played.close()
        return played

    def _fed(
        self, messages: tuple[Line, ...], played: Played, die_after: int | None, stop_after: int | None
    ) -> Iterator[Line | None]:
        for number, message in enumerate(messages):
            if number == die_after:
                raise Killed
            if number == stop_after:
                played.sync.stop()
            if self.people_act and self.luck.random() < 0.2:
                self._somebody_acts()
            if self.luck.random() < 0.1:
                yield None
            played.taken.append(message)
            yield message

    def _somebody_acts(self) -> None:
        """A person unsubscribes, confirms, or complains, whenever they like."""
        if not self.mailchimp.members:
            return
        member = self.luck.choice(list(self.mailchimp.members.values()))
        if member.status is Status.PENDING and self.luck.random() < 0.5:
            self.mailchimp.put(member, status=Status.SUBSCRIBED)
        elif member.status in (Status.SUBSCRIBED, Status.PENDING):
            self.mailchimp.put(member, status=Status.UNSUBSCRIBED, left_themselves=True)

    def mapper(self, stream: Stream) -> MapsRecords:
        """What turns the records of a stream into contacts; a test may have one of its own."""
        return PretendMapper(stream)

    def built(self) -> Played:
        """Everything of a run, ready to take messages."""
        return self._assembled(InlineWorkers(self.luck))

    def _assembled(self, workers: InlineWorkers) -> Played:
        story = self.story
        mirrored = [stream.id for stream in story.streams if stream.mirrors]
        members = members_of(
            self.mailchimp.reader(),
            tracked=("FNAME", "CRMID"),
            external_id_tag="CRMID" if story.has_ids else None,
            mirror_tags=[LIST] if mirrored else [],
        )
        checkpoints = Checkpoints(held_streams=mirrored, streams=[stream.id for stream in story.streams])
        report = Report(dry_run=False, clock=lambda: 0.0)
        tally = DepartureTally(report.left)
        settlements: list[Settlement] = []
        settling = Settling(checkpoints, report, self.store, tally, [settlements.append])
        limits = Limits(Fuse(story.fuse_allows), story.capacity)
        shown: list[Operation] = []
        rules = {stream.id: self._rules(stream) for stream in story.streams}
        pipeline = Pipeline(
            rules,
            members,
            workers,
            self.mailchimp,
            limits,
            settling.settle,
            first_wins=story.first_wins,
            rejects_whole_record=False,
            on_plan=shown.append,
        )
        lanes = []
        windows = []
        for stream in story.streams:
            mirror = Mirror(stream.id, LIST, members, is_full_refresh=True) if stream.mirrors else None
            window = DeletionWindow([["key"]] if story.has_keys else [], has_deletions=True, most_in_memory=4)
            windows.append(window)
            lanes.append(Lane(stream.id, self.mapper(stream), pipeline, mirror, window))
        departures = Departures(
            {lane.stream: lane.mirror for lane in lanes if lane.mirror is not None},
            {lane.stream: pipeline for lane in lanes},
            tally,
            story.mirror_removal,
            10.0,
            fuse_stops=True,
        )
        sync = Sync(lanes, departures, checkpoints, settling, report, self.store, workers, self._clock())
        return Played(
            story, self.mailchimp, members, limits, report, sync, shown, settlements=settlements, windows=windows
        )

    def _clock(self) -> Any:
        """Seconds that go on by chance, so that half-full calls leave at any point of a story."""
        seconds = [0.0]

        def clock() -> float:
            seconds[0] += self.luck.choice([0.0, 0.0, 1.0, 20.0])
            return seconds[0]

        return clock

    def _rules(self, stream: Stream) -> StreamRules:
        story = self.story
        of_others = frozenset() if stream.mirrors else frozenset({LIST})
        owned = ("own *",) if stream.tags_mode == "replace_owned" else ()
        return StreamRules(
            stream.id,
            Rules(story.new_member_status, story.resubscribe),
            lambda: NOW,
            mode="update" if story.updates_only else "upsert",
            removal=story.removal,
            tags=TagRules((LIST,) if stream.mirrors else (), stream.tags_mode, owned, of_others),
            mirror_tag=LIST if stream.mirrors else "",
            writes=story.writes,
        )


class Killed(Exception):
    """The process ends here."""


def without_deletions(story: Story) -> Story:
    """Return the same story with no record that is a deletion."""
    kept = [one for one in story.messages if one["type"] != "RECORD" or not one["record"]["data"].get("deleted")]
    return replace(story, messages=tuple(kept))
