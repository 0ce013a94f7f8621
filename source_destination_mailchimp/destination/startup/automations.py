"""Automations and customer journeys that a run may start: what is active, held against what the settings write."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum, auto
from typing import Final, NamedTuple, assert_never

from source_destination_mailchimp.destination.form.settings import Settings, StreamSettings
from source_destination_mailchimp.destination.mapping.live_audience import LiveAudience
from source_destination_mailchimp.destination.mapping.targets import Kind, names_group, read_target
from source_destination_mailchimp.destination.model import Operation
from source_destination_mailchimp.destination.reporting.wording import counted
from source_destination_mailchimp.destination.rules.consent import mails_newcomers
from source_destination_mailchimp.mailchimp.errors import Misconfigured
from source_destination_mailchimp.mailchimp.members import Status

UNKNOWN_JOURNEYS: Final = (
    "Mailchimp did not return the active customer journeys, so one may start for "
    "contacts that this sync adds, tags or adds to a group. Check Automations in Mailchimp before the "
    "first sync."
)
UNKNOWN_AUTOMATIONS: Final = (
    "Mailchimp did not return the active classic automations, so one may start for "
    "contacts of this sync. Check Automations in Mailchimp before the first sync."
)


class Starts(Enum):
    """What an automation starts for."""

    JOINING = "starts when a contact subscribes"
    TAG = "starts with a tag"
    GROUP = "starts with a group"
    UNKNOWN = "may start for any change"
    OTHER = "starts for nothing that a sync does"


class Automation(NamedTuple):
    """One active automation or journey."""

    title: str
    audience_id: str
    starts: Starts
    name: str = ""
    """The tag in small letters, or the ID of the group; empty where Mailchimp does not say which."""

    def __str__(self) -> str:
        name = f" “{self.name}”" if self.name and self.starts is Starts.TAG else ""
        return f"“{self.title}” ({self.starts.value}{name})"


class Active(NamedTuple):
    """What is active in an account, as far as it can be known."""

    automations: tuple[Automation, ...] = ()
    unknown: tuple[str, ...] = ()
    """Sentences about what Mailchimp did not say."""


class Effects(NamedTuple):
    """What a run may do to members of one audience that could start something."""

    joins: bool
    tags: frozenset[str] = frozenset()
    any_tag: bool = False
    groups: frozenset[str] = frozenset()
    any_group: bool = False

    @property
    def there_are_any(self) -> bool:
        """Return whether anything could start by it."""
        return any((self.joins, self.tags, self.any_tag, self.groups, self.any_group))


def makes_people_mailable(settings: Settings) -> bool:
    """Return whether the run may add people who get mail, or bring somebody back."""
    return settings.resubscribe != "never" or mails_newcomers(settings.new_member_status)


def effects_of(
    settings: Settings, live: LiveAudience, entries: Sequence[StreamSettings], *, adds: bool, activation: bool
) -> Effects:
    """Return what the streams of an audience may do.

    `adds`: whether some of them may add people; `activation`: whether the platform's own page maps one of them.
    """
    tags: set[str] = set()
    groups: set[str] = set()
    any_tag = activation
    for entry in entries:
        tags.update(tag.lower() for tag in (*entry.tags, entry.mirror_tag or "") if tag)
        any_tag = any_tag or entry.tags_field is not None
        groups.update(_groups_of(entry, live))
    joins = adds and makes_people_mailable(settings)
    return Effects(joins, frozenset(tags), any_tag, frozenset(groups), activation)


def _groups_of(entry: StreamSettings, live: LiveAudience) -> Iterator[str]:
    """Yield the IDs of the groups that an entry writes."""
    for mapping in entry.fields:
        if not names_group(mapping.target):
            continue
        target = read_target(mapping.target, live, f"fields of stream {entry.stream}")
        if target.kind is Kind.GROUP:
            yield target.name
            continue
        for interest in live.categories[target.name]:
            yield interest.id


def may_start(automation: Automation, effects: Effects) -> bool:
    """Return whether something that a run may do starts an automation of its audience."""
    match automation.starts:
        case Starts.JOINING:
            return effects.joins
        case Starts.TAG:
            is_named = not automation.name or automation.name in effects.tags
            return effects.any_tag or (bool(effects.tags) and is_named)
        case Starts.GROUP:
            is_named = not automation.name or automation.name in effects.groups
            return effects.any_group or (bool(effects.groups) and is_named)
        case Starts.UNKNOWN:
            return effects.there_are_any
        case Starts.OTHER:
            return False
        case _:
            assert_never(automation.starts)


def started_in(live: LiveAudience, active: Active, effects: Effects) -> list[Automation]:
    """Return the automations of an audience that a run may start."""
    found = []
    for automation in active.automations:
        if automation.audience_id == live.audience.id and may_start(automation, effects):
            found.append(automation)
    return found


def warn_or_stop(settings: Settings, live: LiveAudience, active: Active, effects: Effects) -> Iterator[str]:
    """Yield what may start, and what cannot be known; raises `Misconfigured` where the settings stop for it."""
    if not effects.there_are_any:
        return
    sentences = list(active.unknown)
    found = started_in(live, active, effects)
    if found:
        sentences.insert(0, _named(settings, live, found))
    match settings.automations:
        case "warn":
            yield from sentences
        case "stop":
            if sentences:
                raise Misconfigured(f"automations: {' '.join(sentences)} To sync anyway, choose warn.")
        case _:
            assert_never(settings.automations)


def _named(settings: Settings, live: LiveAudience, found: Sequence[Automation]) -> str:
    later = ""
    is_about_joining = any(automation.starts is Starts.JOINING for automation in found)
    if is_about_joining and settings.new_member_status == "pending":
        later = " Contacts added as pending start it when they confirm."
    names = ", ".join(str(automation) for automation in found)
    return (
        f"Active automations of audience {live.audience.name!r} that this sync may start: {names}.{later} Pause them "
        "in Mailchimp before a first load."
    )


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
            moment = _starts_for(automation, operation)
            if moment is not None:
                self._people[automation, moment] += 1

    def sentences(self) -> Iterator[str]:
        """Yield how many contacts each automation would take in, none as well."""
        for automation in self._automations:
            if automation.starts is Starts.UNKNOWN:
                yield f"Automation {automation}: Mailchimp does not report what starts it."
                continue
            people = counted(self._people[automation, Moment.NOW], "contact", "contacts")
            later = self._people[automation, Moment.AT_CONFIRMATION]
            more = ""
            if later:
                more = f", and {counted(later, 'contact', 'contacts')} more at their confirmation"
            yield f"Automation {automation} would start for {people}{more}."


def _starts_for(automation: Automation, operation: Operation) -> Moment | None:
    """Return when a contact would be taken in; None where it would not."""
    match automation.starts:
        case Starts.JOINING:
            return _joins(operation)
        case Starts.TAG:
            given = {tag.lower() for tag in operation.tags_on}
        case Starts.GROUP:
            given = _groups_joined(operation)
        case Starts.UNKNOWN | Starts.OTHER:
            return None
        case _:
            assert_never(automation.starts)
    if _status_after(operation) is not Status.SUBSCRIBED:
        return None  # nothing is sent to them, and their own tag call says that it is a sync
    if automation.name:
        given = given & {automation.name}
    if given:
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
