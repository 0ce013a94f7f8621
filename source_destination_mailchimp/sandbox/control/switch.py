"""One open question about the real Mailchimp, and the answers that a switch can give it."""

from typing import NamedTuple


class Switch(NamedTuple):
    """One open question: the first of `values` is the default; `strength` is that of the source for it."""

    name: str
    values: tuple[str, ...]
    changes: str
    unknown: str
    source: str
    strength: str

    @property
    def default(self) -> str:
        """The value after a start and after a reset."""
        return self.values[0]
