"""People who left a mirrored list: counted by the fuse before the first goes, then removed as the settings say."""

from collections.abc import Iterator, Mapping

from source_destination_mailchimp.destination.form.settings import MirrorRemoval
from source_destination_mailchimp.destination.mapping.names import same_name
from source_destination_mailchimp.destination.mirror.departure_tally import DepartureTally
from source_destination_mailchimp.destination.mirror.mirrored_list import Mirror
from source_destination_mailchimp.destination.model import StreamId
from source_destination_mailchimp.destination.pipeline import Pipeline
from source_destination_mailchimp.destination.reporting.wording import counted
from source_destination_mailchimp.destination.rules import limits
from source_destination_mailchimp.destination.work import Departure


class Departures:
    """Ends mirrored streams, one after the other: proves that the list is whole, counts who left, removes them."""

    def __init__(
        self,
        mirrors: Mapping[StreamId, Mirror],
        pipelines: Mapping[StreamId, Pipeline],
        tally: DepartureTally,
        treatment: MirrorRemoval,
        percent: float,
        *,
        fuse_stops: bool,
    ) -> None:
        self.mirrors = mirrors
        self.blown: list[str] = []
        """One sentence per mirror whose fuse would not hold."""

        self._pipelines = pipelines
        self._tally = tally
        self._treatment = treatment
        self._percent = percent
        self._fuse_stops = fuse_stops
        self._may_remove: set[StreamId] = set()
        self._may_release: list[StreamId] = []

    def judge(self, mirror: Mirror) -> str | None:
        """Return why nobody may be removed for this mirror, in a sentence; None where people who left may go."""
        objection = mirror.objection()
        if objection:
            return self._refuse(mirror, objection)
        people = mirror.count_gone()
        allowed = limits.limit(self._percent, mirror.holders())
        sentence = None
        if people > allowed:
            sentence = self._over_the_fuse(mirror, people, allowed)
            self.blown.append(sentence)
            if self._fuse_stops:
                return sentence
        self._may_release.append(mirror.stream)
        self._may_remove.add(mirror.stream)
        return sentence

    def remove(self, mirror: Mirror) -> Iterator[None]:
        """Start the removals of a mirror that may, up to 500 at a time, so that answers can come home in between."""
        if mirror.stream not in self._may_remove:
            return
        pipeline = self._pipelines[mirror.stream]
        departure = Departure(same_name(mirror.tag), self._treatment)
        for subscribers in mirror.gone():
            pipeline.remove(mirror.stream, subscribers, departure)
            yield

    def stuck(self) -> list[str]:
        """Return sentences about people who left and could not be removed; each is told once."""
        return self._tally.stuck()

    def may_release(self) -> list[StreamId]:
        """Return the mirrored streams whose STATEs may leave now."""
        return self._may_release

    def _refuse(self, mirror: Mirror, objection: str) -> str:
        sentence = f"No contact loses the tag {mirror.tag!r} (stream {mirror.stream}): {objection}"
        if mirror.holds_states:
            return (
                f"{sentence} Until then no STATE of the stream is sent, so each sync reads the stream from its start."
            )
        self._may_release.append(mirror.stream)
        return sentence

    def _over_the_fuse(self, mirror: Mirror, people: int, allowed: int) -> str:
        what_happens = "No contact was removed from the list."
        if not self._fuse_stops:
            what_happens = "The sync would stop and remove no contact from the list."
        return (
            f"max_removals_percent: {people:,} of the "
            f"{counted(mirror.holders(), 'contact', 'contacts')} with the tag {mirror.tag!r} are no longer in "
            f"stream {mirror.stream}, and the limit of {self._percent:g} percent allows {allowed:,}. {what_happens} If "
            "these contacts really left the list, raise max_removals_percent for one sync. If the tag is also "
            "used by another connection or by hand, give this stream a mirror_tag of its own."
        )
