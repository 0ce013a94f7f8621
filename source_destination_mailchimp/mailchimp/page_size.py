"""One page of a collection in one call, or in several smaller ones where Mailchimp does not bring it to an end."""

import threading
from collections.abc import Callable, Iterator
from itertools import count as counted

from source_destination_mailchimp.mailchimp.answers import Knowledge, Refusal
from source_destination_mailchimp.mailchimp.calls import Call
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.errors import Refused

SMALLEST = 10
"""What a page is never cut below: whatever does not come by then has another reason than its size."""

TRIES_PER_SIZE = 2
"""How often a size is tried before the next smaller one; the smallest has the client's whole patience.

Where each try runs into the timeout of 130 s, two of them leave time for a quarter of the size before the client's
600 s of silence are over; three would end the run at the half."""

ANSWERS_BEFORE_GROWTH = 8
"""How many answers in a row it takes until twice as many rows are asked for again."""

ROUNDS = 3
"""How often the pieces of a page are read until they agree on `total_items`: what moves between them is read then."""

CallOf = Callable[[int, int], Call]
"""`count` and `offset` → the call that asks for these rows."""


class PageSize:
    """How many rows are asked for at once; shared by the threads that read one collection.

    A large page can time out for ever where a small one comes. [observed: VingtCinq/python-mailchimp#207]
    """

    def __init__(self, largest: int) -> None:
        self.largest = largest
        self.rows = largest
        self._answers = 0
        self._lock = threading.Lock()

    def came(self, rows: int) -> None:
        """Count an answer of this size; after enough of them ask for twice as many."""
        with self._lock:
            if rows != self.rows or rows == self.largest:
                return
            self._answers += 1
            if self._answers >= ANSWERS_BEFORE_GROWTH:
                self._answers = 0
                self.rows = min(self.largest, rows * 2)

    def did_not_come(self, rows: int) -> int:
        """Return half the size that was too large, and let the others use it too."""
        smaller = max(SMALLEST, rows // 2)
        with self._lock:
            self._answers = 0
            self.rows = min(self.rows, smaller)
        return smaller


class _TooLarge(Exception):
    """The tries of this size are spent."""


def read_rows(client: Client, call_of: CallOf, key: str, offset: int, size: PageSize) -> list[Knowledge]:
    """Return the answers that together hold the page at `offset`, in the order of its rows; usually one.

    Raises `Refused`, and `Unavailable` where the smallest piece does not come either. It ends in any case: the size
    only falls while one page is read.
    """
    rows = size.rows
    while True:
        try:
            return _agreed(client, call_of, key, offset, size, rows)
        except _TooLarge:
            rows = size.did_not_come(rows)


def _agreed(client: Client, call_of: CallOf, key: str, offset: int, size: PageSize, rows: int) -> list[Knowledge]:
    """Read a page in pieces until nothing came or went between the first of them and the last."""
    found: list[Knowledge] = []
    for _ in range(ROUNDS):
        found = list(_pieces(client, call_of, key, offset, size, rows))
        totals = {answer.body.get("total_items") for answer in found}
        if len(totals) == 1:
            break
    return found


def _pieces(client: Client, call_of: CallOf, key: str, offset: int, size: PageSize, rows: int) -> Iterator[Knowledge]:
    end = offset + size.largest
    while offset < end:
        wanted = min(rows, end - offset)
        answer = _ask(client, call_of(wanted, offset), is_smallest=rows <= SMALLEST)
        size.came(rows)
        yield answer
        offset += wanted
        came = len(answer.body.get(key) or ())
        if came < wanted and offset >= int(answer.body.get("total_items") or 0):
            return


def _ask(client: Client, call: Call, *, is_smallest: bool) -> Knowledge:
    answer = client.ask(call) if is_smallest else client.ask(call, _end_of_tries())
    if isinstance(answer, Refusal):
        raise Refused(answer)
    return answer


def _end_of_tries() -> Callable[[], None]:
    """Return what ends the trying of one call, called before each try but the first."""
    tried = counted(1)

    def before_retry() -> None:
        if next(tried) >= TRIES_PER_SIZE:
            raise _TooLarge

    return before_retry
