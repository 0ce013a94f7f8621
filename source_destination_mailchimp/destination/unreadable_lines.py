"""Lines of input that cannot be read: each is one rejected record, and nothing goes on as if it had not been there."""

from collections.abc import Mapping

from source_destination_mailchimp.airbyte.messages import Unreadable
from source_destination_mailchimp.destination.checkpoints import Checkpoints, Ticket
from source_destination_mailchimp.destination.deletion_window import DeletionWindow
from source_destination_mailchimp.destination.mirror.mirrored_list import Mirror
from source_destination_mailchimp.destination.model import NO_STREAM, Note, Outcome, Reason, Rejected, Settled, StreamId
from source_destination_mailchimp.destination.settling import Settling
from source_destination_mailchimp.destination.storing.store import Store
from source_destination_mailchimp.destination.work import Settlement


class UnreadableLines:
    """Rejects lines, keeps them raw in the store, and stops what may only be done with knowledge of all records."""

    def __init__(
        self,
        streams: Mapping[StreamId, Mirror | None],
        windows: Mapping[StreamId, DeletionWindow],
        checkpoints: Checkpoints,
        settling: Settling,
        store: Store,
    ) -> None:
        """`streams` are those of the sync, each with the list it mirrors; `windows` are where their deletions wait."""
        self.count = 0
        self.is_cut = False
        """Whether the input ended in the middle of a line."""

        self.are_kept = store.keeps
        """Whether somebody can find out later whose records they were."""

        self._streams = streams
        self._windows = windows
        self._checkpoints = checkpoints
        self._settling = settling

    def reject(self, line: Unreadable) -> None:
        """Take in one line."""
        self.count += 1
        if line.is_cut:
            self.is_cut = True
        if not self.are_kept:
            # A STATE that left now would say that the record is dealt with, and nobody would ever hear of it again.
            self._checkpoints.keep_back()
        for mirror in self._streams.values():
            if mirror is not None:
                mirror.has_unreadable_lines = True
        stream, ticket = self._counted_for(line)
        for name, window in self._windows.items():
            if stream in (name, NO_STREAM):
                window.has_unreadable_lines = True
        note = Note(Reason.UNREADABLE_LINE, detail=f"line {line.number} of the input")
        kept = {"line": line.number, "raw": line.raw.decode(errors="backslashreplace")}
        settled = Settled(Outcome.REJECTED, note)
        self._settling.settle(Settlement(Rejected(stream, kept, note), ticket, settled))

    def _counted_for(self, line: Unreadable) -> tuple[StreamId, Ticket]:
        """Return the stream that a line is counted for: the one it seems to name, if there is one of that name."""
        stream = StreamId.of_wire(line.namespace, line.stream)
        if stream is None or stream not in self._streams:
            return NO_STREAM, self._checkpoints.record_of_no_stream()
        return stream, self._checkpoints.record(stream)
