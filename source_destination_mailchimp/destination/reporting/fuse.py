"""What the fuse counted, in a sentence: how many of what, of how many contacts, the limit, and the way out."""

from collections import Counter
from typing import assert_never

from source_destination_mailchimp.destination.form.settings import Settings
from source_destination_mailchimp.destination.reporting.wording import counted, number
from source_destination_mailchimp.destination.rules.limits import ALWAYS_PASS, PERMANENT_PERCENT, Cause, Fuse

CONTACTS = ("contact", "contacts")


def blown_fuse(fuse: Fuse, audience: str, settings: Settings) -> str:
    """Return why a sync stopped before a record that would have taken one contact too many."""
    removed = f"{counted(fuse.gone.total(), *CONTACTS)} removed or unsubscribed{_by(fuse.gone)}"
    return (
        f"max_removals_percent: the sync stopped with {removed}, because "
        f"{_limit(fuse, audience, settings)}. The next record would have exceeded the limit. It and all later "
        f"records are not counted, and the next sync receives them again. {_way_out(settings)}"
    )


def fuse_that_would_blow(fuse: Fuse, audience: str, settings: Settings) -> str:
    """Return what a dry run says of a fuse that would stop the sync."""
    going = fuse.gone + fuse.over
    return (
        f"max_removals_percent would stop the sync: {counted(going.total(), *CONTACTS)} would be removed or "
        f"unsubscribed{_by(going)}, and {_limit(fuse, audience, settings)}. {_way_out(settings)}"
    )


def _by(causes: Counter[Cause]) -> str:
    """Return in brackets how many went for which cause."""
    parts = [_said(cause, causes[cause]) for cause in Cause if causes[cause]]
    if not parts:
        return ""
    return f" ({', '.join(parts)})"


def _said(cause: Cause, n: int) -> str:
    match cause:
        case Cause.DELETION:
            return counted(n, "deleted record", "deleted records")
        case Cause.OPT_OUT:
            return counted(n, "opt-out in a record", "opt-outs in records")
        case Cause.JOIN:
            return counted(n, "contact joined with another", "contacts joined with others")
        case _:
            assert_never(cause)


def _limit(fuse: Fuse, audience: str, settings: Settings) -> str:
    """Return how many may go, and of how many."""
    at_least = f", at least {ALWAYS_PASS}" if fuse.allowed == ALWAYS_PASS else ""
    share = f"{_percent(settings)} of the {counted(fuse.of, *CONTACTS)} of audience {audience!r}"
    return f"the limit is {number(fuse.allowed)} ({share}{at_least})"


def _percent(settings: Settings) -> str:
    percent = settings.max_removals_percent
    if settings.deletes_permanently:
        percent = min(percent, PERMANENT_PERCENT)
    return f"{percent:g} percent"


def _way_out(settings: Settings) -> str:
    if settings.deletes_permanently and settings.max_removals_percent >= PERMANENT_PERCENT:
        return (
            f"With delete_permanently the limit is never more than {PERMANENT_PERCENT:g} "
            "percent: to delete more contacts, run the sync again."
        )
    return "If these contacts should be removed, raise max_removals_percent for one sync."
