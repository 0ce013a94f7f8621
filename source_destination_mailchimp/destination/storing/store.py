"""The store of records that did not get through, as the loop sees it; and the one that keeps nothing."""

from collections.abc import Mapping
from typing import Any, Protocol

from source_destination_mailchimp.destination.model import Operation, Settled, StreamId


class Store(Protocol):
    """Keeps records that did not get through, and the plan of a dry run."""

    keeps: bool
    """Whether what is added can be found again."""

    def add(self, stream: StreamId, settled: Settled, record: Mapping[str, Any]) -> None:
        """Keep a record if it was rejected, held or a duplicate; any other is passed over."""
        ...

    def plan(self, operation: Operation) -> None:
        """Keep what a dry run would have written, member by member."""
        ...

    def flush(self) -> None:
        """Return when everything that was added is durable: before a STATE leaves."""
        ...

    def check(self) -> None:
        """Raise `Misconfigured`, naming the setting, if nothing could be written."""
        ...

    def files(self) -> list[str]:
        """Return the keys of the files with records that did not get through."""
        ...

    def close(self) -> None:
        """Flush, and let go of what is held open."""
        ...


class KeepsNothing:
    """The store of somebody who wants none: records are counted and not kept."""

    keeps = False

    def add(self, stream: StreamId, settled: Settled, record: Mapping[str, Any]) -> None:
        """Pass over."""

    def plan(self, operation: Operation) -> None:
        """Pass over."""

    def flush(self) -> None:
        """Do nothing: nothing waits."""

    def check(self) -> None:
        """Do nothing: nothing can fail."""

    def files(self) -> list[str]:
        """Return that there is none."""
        return []

    def close(self) -> None:
        """Do nothing: nothing is held open."""
