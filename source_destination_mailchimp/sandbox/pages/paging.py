"""Cut rows into pages, and link from one page to the next."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

ROWS: Final = 25


@dataclass(frozen=True, slots=True)
class Pager:
    """Which of `total` rows are shown at `path`; `kept` are the parameters that links to other pages keep."""

    path: str
    kept: Mapping[str, str]
    total: int
    page: int

    @property
    def start(self) -> int:
        """The place of the first row that is shown."""
        return (self.page - 1) * ROWS

    @property
    def stop(self) -> int:
        """The place after the last row that is shown."""
        return min(self.start + ROWS, self.total)

    @property
    def previous(self) -> str:
        """The address of the page before, "" for none."""
        return self._address(self.page - 1) if self.page > 1 else ""

    @property
    def next(self) -> str:
        """The address of the page after, "" for none."""
        return self._address(self.page + 1) if self.stop < self.total else ""

    def _address(self, page: int) -> str:
        return f"{self.path}?{urlencode({**self.kept, 'page': page})}"


def pager(path: str, query: Mapping[str, str], kept: tuple[str, ...], total: int) -> Pager:
    """Return the pager for the `page` of a query: the first page for what is no number, the last for what is beyond."""
    text = query.get("page", "")
    asked = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 1
    last = max(1, -(-total // ROWS))
    given = {name: query[name] for name in kept if query.get(name)}
    return Pager(path, given, total, min(max(asked, 1), last))
