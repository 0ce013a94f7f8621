"""The fuse over everything that takes people away."""

from dataclasses import dataclass
from fractions import Fraction

ALWAYS_PASS = 10
"""So many people may always go: a percentage of a small audience would allow nobody."""

PERMANENT_PERCENT = 1.0
"""What is deleted permanently can never be undone, so its fuse is this small at most."""


def limit(percent: float, of: int) -> int:
    """How many people may go of `of` people; exact, where floats would lose one now and then."""
    return max(ALWAYS_PASS, int(Fraction(str(percent)) * of / 100))


@dataclass(slots=True)
class Fuse:
    """Counts who goes, record by record; the one who would be over the limit does not go."""

    allowed: int
    gone: int = 0

    def admit(self, people: int = 1) -> bool:
        """Whether so many more may go; counts them if so."""
        if self.gone + people > self.allowed:
            return False
        self.gone += people
        return True

    def give_back(self) -> None:
        """One who was counted did not go after all."""
        self.gone = max(0, self.gone - 1)
