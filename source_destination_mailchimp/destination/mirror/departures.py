"""People who left a mirrored list: counted by the fuse before the first goes, then removed as the settings say."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from source_destination_mailchimp.destination.form.settings import MirrorRemoval
from source_destination_mailchimp.destination.mirror.mirrored_list import Mirror
from source_destination_mailchimp.destination.model import (
    Contact,
    Known,
    Note,
    Operation,
    Outcome,
    Reason,
    Settled,
    StreamId,
)
from source_destination_mailchimp.destination.pipeline import Pipeline
from source_destination_mailchimp.destination.reporting.wording import counted
from source_destination_mailchimp.destination.rules import limits as fuse
from source_destination_mailchimp.destination.rules import removal
from source_destination_mailchimp.mailchimp.members import without_addresses


@dataclass(frozen=True, slots=True)
class Leaver:
    """Stands where a record has its ticket: this person came from no record."""

    treatment: MirrorRemoval


class Leaving:
    """Ends mirrored streams, one after the other: proves, counts, removes. `left` hears who went."""

    def __init__(
        self,
        treatment: MirrorRemoval,
        percent: float,
        pipeline_of: Callable[[StreamId], Pipeline],
        left: Callable[[StreamId, str, int], None],
        *,
        fuse_stops: bool,
    ) -> None:
        self.blown: list[str] = []
        """One sentence per mirror whose fuse would not hold."""

        self._treatment = treatment
        self._percent = percent
        self._pipeline_of = pipeline_of
        self._left = left
        self._fuse_stops = fuse_stops
        self._may_remove: set[StreamId] = set()
        self._may_release: list[StreamId] = []
        self._stuck: Counter[str] = Counter()

    def judge(self, mirror: Mirror) -> str | None:
        """Why nobody may be removed for this mirror, in a sentence; None where people who left may go."""
        objection = mirror.objection()
        if objection:
            if not mirror.holds_states:
                self._may_release.append(mirror.stream)
            held = " Until then the stream's STATEs are kept back, so that each sync reads it from its start."
            return f"Nobody is taken off {mirror.tag!r} (stream {mirror.stream}): {objection}" + (
                held if mirror.holds_states else ""
            )
        people, allowed = mirror.count_gone(), fuse.limit(self._percent, mirror.holders())
        sentence = None
        if people > allowed and self._treatment != "keep":
            sentence = self._over_the_fuse(mirror, people, allowed)
            if self._fuse_stops:
                return sentence
        self._may_release.append(mirror.stream)
        self._may_remove.add(mirror.stream)
        return sentence

    def remove(self, mirror: Mirror) -> Iterator[None]:
        """Start the removals of a mirror that may, up to 500 at a time, so that answers can come home in between."""
        if mirror.stream not in self._may_remove:
            return
        if self._treatment == "keep":
            self._left(mirror.stream, "keep", mirror.count_gone())
            return
        pipeline = self._pipeline_of(mirror.stream)
        for subscribers in mirror.gone():
            for subscriber, known in pipeline.look_up(subscribers).items():
                if known is not None:
                    self._start(mirror, Contact(mirror.stream, {}, known.email, subscriber), known, pipeline)
            yield

    def settle(self, contact: Contact, leaver: Leaver, settled: Settled) -> None:
        """Somebody who left has an outcome: they went, they were gone already, or Mailchimp let nobody take them."""
        notes = [settled.note, *settled.beside] if settled.note else list(settled.beside)
        refused = next((note for note in notes if note.reason is not Reason.ALREADY_GONE), None)
        if refused is not None:
            words = f" Mailchimp says: “{without_addresses(refused.detail)}”" if refused.detail else ""
            self._stuck[f"who left stream {contact.stream} could not be taken off.{words}"] += 1
        elif settled.outcome is Outcome.REMOVED:
            self._left(contact.stream, leaver.treatment, 1)

    def stuck(self) -> Iterator[str]:
        """Sentences about people who left and could not be removed; each is told once."""
        for sentence, people in self._stuck.items():
            yield f"{counted(people, 'person', 'people')} {sentence}"
        self._stuck.clear()

    def may_release(self) -> list[StreamId]:
        """Mirrored streams whose STATEs may leave now."""
        return self._may_release

    def _over_the_fuse(self, mirror: Mirror, people: int, allowed: int) -> str:
        what_happens = "Nobody was taken off." if self._fuse_stops else "The sync would stop and take nobody off."
        sentence = (
            f"{people:,} of the {mirror.holders():,} people with tag {mirror.tag!r} are not in stream {mirror.stream} "
            f"any more; max_removals_percent {self._percent:g} lets {allowed:,} go. {what_happens} "
            "If they really left, raise max_removals_percent for one sync. If the tag is used by another connection "
            "or by hand too, give this stream a mirror_tag of its own."
        )
        self.blown.append(sentence)
        return sentence

    def _start(self, mirror: Mirror, contact: Contact, known: Known, pipeline: Pipeline) -> None:
        def plan(now: Known | None) -> Operation | Settled:
            return self._plan(mirror, contact, now, pipeline.mirror_tags)

        planned = plan(known)
        if isinstance(planned, Operation):
            pipeline.remove(planned, plan)

    def _plan(
        self, mirror: Mirror, contact: Contact, known: Known | None, mirror_tags: frozenset[str]
    ) -> Operation | Settled:
        """Somebody who carries another mirror's tag as well is in that list still: they lose this tag only."""
        tag = mirror.tag.lower()
        if known is None or tag not in (known.tags or ()):
            return Settled(Outcome.SKIPPED, Note(Reason.ALREADY_GONE))
        elsewhere = known.tags & (mirror_tags - {tag}) if known.tags else None
        removing = removal.decide("remove_tags" if elsewhere else self._treatment, known.status)
        only_tag = removing.takes_tags or removing.skipped
        contact.ticket = Leaver("remove_tags" if only_tag else self._treatment)
        settled = Settled(Outcome.REMOVED)
        return Operation(contact, removing.route, settled, removing.status, {}, known, (), (tag,))
