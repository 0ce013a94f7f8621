"""What a user wants to know before the first sync: sentences about an audience, its settings, and what they will do."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import assert_never

from source_destination_mailchimp.destination.form.field_mapping import ARROW
from source_destination_mailchimp.destination.form.settings import Settings, StreamSettings
from source_destination_mailchimp.destination.mapping.live_audience import LiveAudience
from source_destination_mailchimp.destination.mapping.targets import names_group
from source_destination_mailchimp.mailchimp.members import Json

FEW_FIELDS = 3
"""So many merge fields are left when it is time to say so."""

_STARTED_BY_SHOPPING = frozenset(
    {
        *("abandonedBrowse", "abandonedCart", "bestCustomers", "categoryFollowup", "productFollowup"),
        *("purchaseFollowup", "mandrill", "emailFollowup", "visitUrl"),
    }
)
"""Kinds of automation that nothing in a member starts. [documented names]"""


def may_start_automations(settings: Settings) -> bool:
    """Return whether anything that a run may do could start an automation, so that it is worth asking for them."""
    if _makes_people_mailable(settings):
        return True
    return any(entry.sets_tags or _sets_groups(entry) for entry in settings.streams)


def warnings_before_first_sync(
    settings: Settings, live: LiveAudience, entries: Sequence[StreamSettings], automations: Iterable[Json]
) -> Iterator[str]:
    """Yield sentences about one audience.

    `entries` are those of the streams that feed it, `automations` all of the account that are sending.
    """
    yield from _required(settings, live)
    yield from _few_fields_left(settings, live)
    yield from _automations(live, automations)
    yield from _journeys(live, entries)
    for entry in entries:
        yield from mapped_twice(entry)


def mapped_twice(entry: StreamSettings) -> Iterator[str]:
    """Yield a sentence for each column that several mappings send somewhere: allowed, and mostly a slip."""
    targets: defaultdict[str, list[str]] = defaultdict(list)
    for mapping in entry.fields:
        targets[mapping.column].append(mapping.target)
    for column, found in targets.items():
        if len(found) > 1:
            yield (
                f"fields of stream {entry.stream}: {column} goes to {_with_and(found)}. If only one of them is meant, "
                f"take the other {ARROW} line out."
            )


def _makes_people_mailable(settings: Settings) -> bool:
    """Return whether the run may add people who get mail, or bring somebody back."""
    if settings.resubscribe != "never":
        return True
    match settings.new_member_status:
        case "subscribed" | "pending":
            return True
        case "unsubscribed" | "transactional" | "do_not_add":
            return False
        case _:
            assert_never(settings.new_member_status)


def _required(settings: Settings, live: LiveAudience) -> Iterator[str]:
    """Yield what becomes of people who lack a field that is required on Mailchimp's own form."""
    required = [field.tag for field in live.merge_fields if field.required]
    if not required:
        return
    match settings.required_fields:
        case "ignore":
            yield (
                f"Audience {live.audience.name!r} requires {_with_and(required)} on its own form; people without them "
                "are added all the same (required_fields: ignore)."
            )
        case "enforce":
            yield (
                f"Audience {live.audience.name!r} requires {_with_and(required)}: a record without a value for it is "
                "rejected (required_fields: enforce)."
            )
        case _:
            assert_never(settings.required_fields)


def _few_fields_left(settings: Settings, live: LiveAudience) -> Iterator[str]:
    if settings.unmapped_fields != "create":
        return
    room = live.room_for_merge_fields
    if room > FEW_FIELDS:
        return
    left = "no more"
    if room:
        left = f"{room} more"
    yield (
        f"Audience {live.audience.name!r} has {len(live.merge_fields)} merge fields and its plan allows {left}. "
        "unmapped_fields: create can make none beyond that: put columns that are not needed into ignore_fields."
    )


def _automations(live: LiveAudience, automations: Iterable[Json]) -> Iterator[str]:
    titles = []
    for automation in automations:
        if _listens_to(live, automation):
            titles.append(_title(automation))
    if titles:
        yield (
            f"Automations of audience {live.audience.name!r} are sending, and may start for people who are added or "
            f"changed: {_with_and(titles)}. Pause them in Mailchimp for a first load."
        )


def _listens_to(live: LiveAudience, automation: Json) -> bool:
    """Return whether an automation may start by what happens to a member of the audience."""
    if _part(automation, "recipients").get("list_id") != live.audience.id:
        return False
    kind = _part(automation, "trigger_settings").get("workflow_type")
    return kind not in _STARTED_BY_SHOPPING


def _title(automation: Json) -> str:
    """Return what a user knows an automation by: its title, or else its ID, and its kind in Mailchimp's words."""
    title = _part(automation, "settings").get("title") or automation.get("id")
    trigger = _part(automation, "trigger_settings")
    kind = trigger.get("workflow_title") or trigger.get("workflow_type")
    if not kind:
        return f"“{title}”"
    return f"“{title}” ({kind})"


def _part(automation: Json, name: str) -> Json:
    """Return an object inside an automation; Mailchimp leaves one out, or gives null, where it has nothing to say."""
    return automation.get(name) or {}


def _journeys(live: LiveAudience, entries: Sequence[StreamSettings]) -> Iterator[str]:
    """Customer journeys are in no list of the API [documented: only their trigger is], so nobody can look for them."""
    for entry in entries:
        if entry.sets_tags:
            yield (
                f"Tags are set in audience {live.audience.name!r}. Mailchimp does not tell which customer journeys "
                "start with a tag: look for one before the first sync, or it may start for everybody who gets the tag."
            )
            return


def _sets_groups(entry: StreamSettings) -> bool:
    return any(names_group(mapping.target) for mapping in entry.fields)


def _with_and(names: Sequence[str]) -> str:
    """Return names as a sentence lists them: a, b and c."""
    *first, last = names
    if not first:
        return last
    return f"{', '.join(first)} and {last}"
