"""Numbers and durations as a person writes them."""

from collections.abc import Iterable

_MINUTE, _HOUR = 60, 3600


def number(n: float) -> str:
    """Return a number as it is read: 1234567 → 1,234,567."""
    return f"{n:,.0f}"


def counted(n: int, one: str, many: str) -> str:
    """Return a number with the form of the word that goes with it."""
    return f"{number(n)} {one if n == 1 else many}"


def duration(seconds: float) -> str:
    """Return about how long something takes; never more exact than it can be known."""
    if seconds < _MINUTE / 2:
        return "less than a minute"
    if seconds < 1.5 * _MINUTE:
        return "about a minute"
    if seconds < 1.5 * _HOUR:
        minutes = round(seconds / _MINUTE)
        return f"about {minutes} minutes"
    hours = round(seconds / _HOUR)
    return f"about {hours} hours"


def waiting_for(reason: str) -> str:
    """Return what holds a call up, from the reason that the client gives: `HTTP 429`, or the name of an error."""
    if reason.startswith("HTTP 429"):
        return f"Rate limited by Mailchimp ({reason})"
    if reason.startswith("HTTP"):
        return f"Mailchimp is unavailable ({reason})"
    return f"Connection to Mailchimp failed ({reason})"


def unknown_status(word: str) -> str:
    """Return what is said of a status of Mailchimp's that we do not know."""
    return (
        f"Mailchimp has contacts with the status {word!r}, which this version of the connector does not know. "
        "They count as opted out: their data is kept current, and nothing makes them mailable."
    )


def gone_field(name: str) -> str:
    """Return what is said of a merge field or a group that was deleted while the sync ran."""
    return (
        f"{name} is no longer in the audience: it was deleted in Mailchimp after the sync "
        "started. Its values are left out; everything else of the contacts is written."
    )


def sentence(parts: Iterable[str]) -> str:
    """Return parts of a list as one sentence."""
    return ", ".join(parts) + "."
