"""How many workers carry so many accounts: the arithmetic of docs/scaling.md with your own figures.

python -m examples.fleet.arithmetic --accounts 1000 --contacts 20000 --changed 200 --hours 1
"""

import argparse
from dataclasses import dataclass
from math import ceil

MEMBERS_A_PAGE = 1000
CONTACTS_A_CALL = 500
CALLS_TO_START = 6
"""Reads before the first write: the account, the audience, its fields, groups, tags and automations."""

WORKER_MEMORY_MIB = 512


@dataclass(frozen=True)
class Fleet:
    """What is synced how often."""

    accounts: int
    contacts: int
    """Contacts in each audience, archived ones included."""

    changed: int
    """Records in each sync of an account."""

    hours: float
    """Hours between two syncs of one account."""

    reads_audience: bool = False
    """Whether each sync reads the whole audience: with `external_id`, or after a full refresh."""

    seconds_a_call: float = 2.0
    start_seconds: float = 3.0
    connections: int = 5

    @property
    def calls(self) -> int:
        """Return the calls of one sync."""
        return CALLS_TO_START + self._reads + ceil(self.changed / CONTACTS_A_CALL)

    @property
    def _reads(self) -> int:
        """Return the reads of contacts: one by one while that is cheaper than all of them, a page at a time."""
        pages = ceil(self.contacts / MEMBERS_A_PAGE)
        if self.reads_audience:
            return pages
        return self.changed if self.changed <= pages else 2 * pages

    @property
    def seconds(self) -> float:
        """Return the time of one sync."""
        return self.start_seconds + ceil(self.calls / self.connections) * self.seconds_a_call

    @property
    def workers(self) -> int:
        """Return how many syncs have to run at once so that every account gets its turn in time."""
        return ceil(self.accounts * self.seconds / (self.hours * 3600))

    @property
    def memory_gib(self) -> float:
        """Return the memory of all workers: a source and a destination each."""
        return self.workers * 2 * WORKER_MEMORY_MIB / 1024


def main() -> None:
    """Print the arithmetic for the figures of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=1000)
    parser.add_argument("--contacts", type=int, default=20_000, help="in each audience, archived ones included")
    parser.add_argument("--changed", type=int, default=200, help="records in each sync")
    parser.add_argument("--hours", type=float, default=1.0, help="between two syncs of one account")
    parser.add_argument(
        "--reads-audience", action="store_true", help="external_id is used, or the stream is read whole"
    )
    parser.add_argument("--seconds-a-call", type=float, default=2.0)
    fleet = Fleet(**vars(parser.parse_args()))
    print(f"{fleet.calls} calls and about {fleet.seconds:.0f} s for each sync,")
    print(f"{fleet.accounts:,} accounts every {fleet.hours:g} h: {fleet.workers} syncs at once,")
    print(f"{fleet.memory_gib:.0f} GiB of memory and {fleet.workers} CPUs for them.")


if __name__ == "__main__":
    main()
