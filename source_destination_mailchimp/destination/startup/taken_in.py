"""How many contacts each automation would take in: counted in a dry run, from what every contact would become."""

from collections import Counter
from collections.abc import Iterable, Iterator
from enum import Enum, auto
from typing import assert_never

from source_destination_mailchimp.destination.mapping.names import same_name
from source_destination_mailchimp.destination.model import Operation
from source_destination_mailchimp.destination.reporting.wording import counted
from source_destination_mailchimp.destination.startup.automations import Automation, Starts
from source_destination_mailchimp.mailchimp.members import Status


class Moment(Enum):
    """When a contact would be taken in."""

    NOW = auto()
    AT_CONFIRMATION = auto()


class TakenIn:
    """Counts, in a dry run, how many contacts each automation would take in."""

    def __init__(self, automations: Iterable[Automation]) -> None:
        self._automations = tuple(automations)
        self._people: Counter[tuple[Automation, Moment]] = Counter()

    def count(self, operation: Operation) -> None:
        """Take in what one contact would become."""
        for automation in self._automations:
            moment = _first_start(automation, operation)
            if moment is not None:
                self._people[automation, moment] += 1

    def sentences(self) -> Iterator[str]:
        """Yield how many contacts each automation would take in, none as well."""
        for automation in self._automations:
            if automation.starts is Starts.UNKNOWN:
                yield f"Automation {automation}: Mailchimp does not report what starts it."
                continue
            yield f"Automation {automation} would start for {self._taken_in(automation)}."

    def _taken_in(self, automation: Automation) -> str:
        """Return how many an automation would take in, now and later."""
        now = counted(self._people[automation, Moment.NOW], "contact", "contacts")
        later = self._people[automation, Moment.AT_CONFIRMATION]
        if not later:
            return now
        return f"{now}, and {counted(later, 'contact', 'contacts')} more at their confirmation"


def _first_start(automation: Automation, operation: Operation) -> Moment | None:
    """Return when a contact would be taken in by an operation or by what follows it; None where it would not."""
    following: Operation | None = operation
    while following is not None:
        moment = _starts_for(automation, following)
        if moment is not None:
            return moment
        following = following.then
    return None


def _starts_for(automation: Automation, operation: Operation) -> Moment | None:
    """Return when a contact would be taken in; None where it would not."""
    match automation.starts:
        case Starts.JOINING:
            return _joins(operation)
        case Starts.TAG:
            given = {same_name(tag) for tag in operation.tags_on} - set(operation.tags_kept)
        case Starts.GROUP:
            given = _groups_joined(operation)
        case Starts.UNKNOWN | Starts.OTHER:
            return None
        case _:
            assert_never(automation.starts)
    if _status_after(operation) is not Status.SUBSCRIBED:
        return None  # nothing is sent to them, and their own tag call says that it is a sync
    is_given = bool(given)
    if automation.name:
        is_given = automation.name in given
    if is_given:
        return Moment.NOW
    return None


def _joins(operation: Operation) -> Moment | None:
    """Return when a contact becomes subscribed by an operation, if it does."""
    after = _status_after(operation)
    if operation.known is not None and operation.known.status is after:
        return None
    if after is Status.SUBSCRIBED:
        return Moment.NOW
    if after is Status.PENDING:
        return Moment.AT_CONFIRMATION
    return None


def _status_after(operation: Operation) -> Status | None:
    """Return the status of a contact once the operation is done."""
    if operation.status is not None:
        return operation.status
    if operation.known is not None:
        return operation.known.status
    return None


def _groups_joined(operation: Operation) -> set[str]:
    """Return the IDs of the groups that an operation puts a contact into."""
    joined = set()
    interests = operation.changes.get("interests") or {}
    for group, wanted in interests.items():
        if wanted:
            joined.add(group)
    return joined
