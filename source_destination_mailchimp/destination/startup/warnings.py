"""What a user wants to know before the first sync: sentences about an audience, its settings, and what they will do."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from source_destination_mailchimp.destination.form.settings import Settings, StreamSettings
from source_destination_mailchimp.destination.mapping.live import LiveAudience
from source_destination_mailchimp.destination.mapping.targets import ARROW, split_line
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
    """Whether anything that a run may do could start an automation, so that it is worth asking for them."""
    adds = settings.new_member_status in ("subscribed", "pending") or settings.resubscribe != "never"
    return adds or any(map(_sets_tags, settings.streams)) or any(_sets_groups(entry) for entry in settings.streams)


def what_will_bite(
    settings: Settings, live: LiveAudience, entries: Sequence[StreamSettings], automations: Iterable[Json]
) -> Iterator[str]:
    """Sentences about one audience; `entries` are those of its streams, `automations` all that are sending."""
    yield from _required(settings, live)
    yield from _limit(settings, live)
    yield from _automations(live, automations)
    yield from _journeys(live, entries)
    for entry in entries:
        yield from mapped_twice(entry)


def mapped_twice(entry: StreamSettings) -> Iterator[str]:
    """Columns that more than one line of `fields` sends somewhere: allowed, and mostly a slip."""
    targets: defaultdict[str, list[str]] = defaultdict(list)
    for line in entry.fields:
        columns, target = split_line(line, "streams[].fields")
        targets[columns].append(target)
    for columns, found in targets.items():
        if len(found) > 1:
            yield (
                f"fields of stream {entry.stream}: {columns} goes to {_listed(found)}. If only one of them is meant, "
                f"take the other {ARROW} line out."
            )


def _required(settings: Settings, live: LiveAudience) -> Iterator[str]:
    required = [field.tag for field in live.merge_fields if field.required]
    if required and settings.required_fields == "ignore":
        yield (
            f"Audience {live.audience.name!r} requires {_listed(required)} on its own form; people without them are "
            "added all the same (required_fields: ignore)."
        )
    elif required:
        yield (
            f"Audience {live.audience.name!r} requires {_listed(required)}: a record without a value for it is "
            "rejected (required_fields: enforce)."
        )


def _limit(settings: Settings, live: LiveAudience) -> Iterator[str]:
    room = live.room_for_merge_fields
    if settings.unmapped_fields != "create" or room is None or room > FEW_FIELDS:
        return
    left = f"{room} more" if room else "no more"
    yield (
        f"Audience {live.audience.name!r} has {len(live.merge_fields)} merge fields and its plan allows {left}. "
        "unmapped_fields: create can make none beyond that: put columns that are not needed into ignore_fields."
    )


def _automations(live: LiveAudience, automations: Iterable[Json]) -> Iterator[str]:
    titles = [_title(one) for one in automations if _listens_to(live, one)]
    if titles:
        yield (
            f"Automations of audience {live.audience.name!r} are sending, and may start for people who are added or "
            f"changed: {_listed(titles)}. Pause them in Mailchimp for a first load."
        )


def _listens_to(live: LiveAudience, automation: Mapping[str, Json]) -> bool:
    kind = (automation.get("trigger_settings") or {}).get("workflow_type")
    return (automation.get("recipients") or {}).get("list_id") == live.audience.id and kind not in _STARTED_BY_SHOPPING


def _title(automation: Mapping[str, Json]) -> str:
    trigger = automation.get("trigger_settings") or {}
    title = (automation.get("settings") or {}).get("title") or automation.get("id")
    kind = trigger.get("workflow_title") or trigger.get("workflow_type")
    return f"“{title}” ({kind})" if kind else f"“{title}”"


def _journeys(live: LiveAudience, entries: Sequence[StreamSettings]) -> Iterator[str]:
    """Customer journeys are in no list of the API [documented: only their trigger is], so nobody can look for them."""
    if any(map(_sets_tags, entries)):
        yield (
            f"Tags are set in audience {live.audience.name!r}. Mailchimp does not tell which customer journeys start "
            "with a tag: look for one before the first sync, or it may start for everybody who gets the tag."
        )


def _sets_tags(entry: StreamSettings) -> bool:
    return bool(entry.tags or entry.tags_field or entry.mirror_tag)


def _sets_groups(entry: StreamSettings) -> bool:
    return any("group:" in line.lower() for line in entry.fields)


def _listed(names: Collection[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
