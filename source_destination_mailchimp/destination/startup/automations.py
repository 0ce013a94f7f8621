"""Automations and customer journeys that a run may start: what is active, held against what the settings write."""

from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Final, NamedTuple, assert_never

from source_destination_mailchimp.destination.form.settings import Settings, StreamSettings
from source_destination_mailchimp.destination.mapping.live_audience import LiveAudience
from source_destination_mailchimp.destination.mapping.names import same_name
from source_destination_mailchimp.destination.mapping.targets import Kind, names_group, read_target
from source_destination_mailchimp.destination.rules.consent import mails_newcomers
from source_destination_mailchimp.mailchimp.errors import Misconfigured

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
    """Empty where Mailchimp does not say: it may be any."""

    starts: Starts
    name: str = ""
    """The tag as `same_name` writes it, or the ID of the group; empty where Mailchimp does not say which."""

    def __str__(self) -> str:
        if self.name and self.starts is Starts.TAG:
            return f"“{self.title}” ({self.starts.value} “{self.name}”)"
        return f"“{self.title}” ({self.starts.value})"


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

    def may_put_on(self, tag: str) -> bool:
        """Return whether a tag, or where the name is empty some tag, may be put on somebody."""
        if self.any_tag:
            return True
        if tag:
            return tag in self.tags
        return bool(self.tags)

    def may_join(self, group: str) -> bool:
        """Return whether somebody may be put into a group, or where the ID is empty into some group."""
        if self.any_group:
            return True
        if group:
            return group in self.groups
        return bool(self.groups)


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
    asks_opt_in = activation
    for entry in entries:
        tags.update(_tags_of(entry))
        groups.update(_groups_of(entry, live))
        if entry.tags_field is not None:
            any_tag = True
        if entry.opt_in_field is not None:
            asks_opt_in = True
    # A yes makes people subscribed who are there already, also where nobody is added.
    joins = (adds or asks_opt_in) and makes_people_mailable(settings)
    return Effects(joins, frozenset(tags), any_tag, frozenset(groups), activation)


def _tags_of(entry: StreamSettings) -> Iterator[str]:
    """Yield the tags that an entry names, as `same_name` writes them."""
    for tag in entry.tags:
        if tag:
            yield same_name(tag)
    if entry.mirror_tag:
        yield same_name(entry.mirror_tag)


def _groups_of(entry: StreamSettings, live: LiveAudience) -> Iterator[str]:
    """Yield the IDs of the groups that an entry writes."""
    for mapping in entry.fields:
        if not names_group(mapping.target):
            continue
        target = read_target(mapping.target, live, f"fields of stream {entry.stream}")
        if target.kind is Kind.GROUP:
            yield target.name
        else:
            for interest in live.categories[target.name]:
                yield interest.id


def may_start(automation: Automation, effects: Effects) -> bool:
    """Return whether something that a run may do starts an automation of its audience."""
    match automation.starts:
        case Starts.JOINING:
            return effects.joins
        case Starts.TAG:
            return effects.may_put_on(automation.name)
        case Starts.GROUP:
            return effects.may_join(automation.name)
        case Starts.UNKNOWN:
            return effects.there_are_any
        case Starts.OTHER:
            return False
        case _:
            assert_never(automation.starts)


def started_in(live: LiveAudience, active: Active, effects: Effects) -> list[Automation]:
    """Return the automations that a run may start: those of its audience, and of one that Mailchimp does not say."""
    found = []
    for automation in active.automations:
        if automation.audience_id not in (live.audience.id, ""):
            continue
        if may_start(automation, effects):
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
    names = ", ".join(map(str, found))
    named = f"Active automations of audience {live.audience.name!r} that this sync may start: {names}."
    way_out = "Pause them in Mailchimp before a first load."
    starts = {automation.starts for automation in found}
    if settings.new_member_status == "pending" and Starts.JOINING in starts:
        return f"{named} Contacts added as pending start it when they confirm. {way_out}"
    return f"{named} {way_out}"
