"""People who left a mirrored list: counted by the fuse before the first goes, then removed as the settings say."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from source_destination_mailchimp.destination import fuse, removal
from source_destination_mailchimp.destination.config import MirrorRemoval
from source_destination_mailchimp.destination.mirror import Mirror
from source_destination_mailchimp.destination.model import Contact, Known, Operation, Outcome, Settled, StreamId
from source_destination_mailchimp.destination.pipeline import Pipeline


@dataclass(frozen=True, slots=True)
class Leaver:
    """Stands where a record has its ticket: this person came from no record."""

    treatment: MirrorRemoval


class Leaving:
    """Ends every mirrored stream: proves, counts, removes."""

    def __init__(
        self,
        treatment: MirrorRemoval,
        percent: float,
        pipeline_of: Callable[[StreamId], Pipeline],
        remark: Callable[[str], None],
        *,
        fuse_stops: bool,
    ) -> None:
        self.blown: list[str] = []
        """One sentence per mirror whose fuse would not hold."""

        self._treatment = treatment
        self._percent = percent
        self._pipeline_of = pipeline_of
        self._remark = remark
        self._fuse_stops = fuse_stops
        self._mirrors: list[Mirror] = []
        self._stopped: set[StreamId] = set()

    def begin(self, mirrors: Iterable[Mirror | None]) -> Iterator[str]:
        """Start the removals of every mirror that may; yields a sentence for each that may not."""
        self._mirrors = [mirror for mirror in mirrors if mirror is not None]
        for mirror in self._mirrors:
            objection = mirror.objection()
            if objection:
                yield f"Nobody is taken off {mirror.tag!r} (stream {mirror.stream}): {objection}"
                continue
            people = sum(map(len, mirror.gone()))
            allowed = fuse.limit(self._percent, mirror.holders())
            if people > allowed:
                yield self._over_the_fuse(mirror, people, allowed)
                if self._fuse_stops:
                    continue
            self._remove(mirror)

    def may_release(self) -> list[StreamId]:
        """Mirrored streams whose STATEs may leave now."""
        return [one.stream for one in self._mirrors if not one.holds_states and one.stream not in self._stopped]

    def _over_the_fuse(self, mirror: Mirror, people: int, allowed: int) -> str:
        sentence = (
            f"{people:,} of the {mirror.holders():,} people with tag {mirror.tag!r} are not in stream {mirror.stream} "
            f"any more; max_removals_percent {self._percent:g} lets {allowed:,} go. Nobody was taken off. "
            "If they really left, raise max_removals_percent for one sync."
        )
        self.blown.append(sentence)
        self._stopped.add(mirror.stream)
        return sentence

    def _remove(self, mirror: Mirror) -> None:
        if self._treatment == "keep":
            people = sum(map(len, mirror.gone()))
            if people:
                self._remark(
                    f"{people:,} people with tag {mirror.tag!r} are not in stream {mirror.stream} any more; kept."
                )
            return
        pipeline = self._pipeline_of(mirror.stream)
        for subscribers in mirror.gone():
            for subscriber, known in pipeline.look_up(subscribers).items():
                if known is not None and mirror.tag.lower() in (known.tags or ()):
                    pipeline.remove(self._operation(mirror, subscriber, known, pipeline.mirror_tags))

    def _operation(self, mirror: Mirror, subscriber: str, known: Known, mirror_tags: frozenset[str]) -> Operation:
        """Somebody who carries another mirror's tag as well is in that list still: they lose this tag only."""
        tag = mirror.tag.lower()
        elsewhere = (known.tags or frozenset()) & (mirror_tags - {tag})
        treatment: MirrorRemoval = "remove_tags" if elsewhere else self._treatment
        removing = removal.decide(treatment, known.status)
        contact = Contact(mirror.stream, {}, known.email, subscriber, ticket=Leaver(treatment))
        settled = Settled(Outcome.REMOVED)
        return Operation(contact, removing.route, settled, removing.status, {}, known, (), (tag,))
