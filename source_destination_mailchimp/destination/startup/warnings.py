"""What a user wants to know before the first sync: sentences about an audience, its settings, and what they will do."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import assert_never

from source_destination_mailchimp.destination.form.settings import Settings, StreamSettings
from source_destination_mailchimp.destination.mapping.live_audience import LiveAudience
from source_destination_mailchimp.destination.mapping.targets import names_group
from source_destination_mailchimp.destination.startup.automations import makes_people_mailable

FEW_FIELDS = 3
"""So many merge fields are left when it is time to say so."""


def may_start_automations(settings: Settings, *, activation: bool = False) -> bool:
    """Return whether anything that a run may do could start an automation, so that it is worth asking for them.

    `activation`: whether the platform's own page maps one of the streams, perhaps to tags and groups.
    """
    if activation or makes_people_mailable(settings):
        return True
    return any(entry.sets_tags or _sets_groups(entry) for entry in settings.streams)


def warnings_before_first_sync(
    settings: Settings, live: LiveAudience, entries: Sequence[StreamSettings]
) -> Iterator[str]:
    """Yield sentences about one audience; `entries` are those of the streams that feed it."""
    yield from _required(settings, live)
    yield from _few_fields_left(settings, live)
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
                "remove the other entry."
            )


def _required(settings: Settings, live: LiveAudience) -> Iterator[str]:
    """Yield what becomes of people who lack a field that is required on Mailchimp's own form."""
    required = [field.tag for field in live.merge_fields if field.required]
    if not required:
        return
    match settings.required_fields:
        case "ignore":
            yield (
                f"Audience {live.audience.name!r} requires {_with_and(required)} on its sign-up "
                "form. Contacts without them are still added (required_fields: ignore)."
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
        f"Audience {live.audience.name!r} has {len(live.merge_fields)} merge fields and "
        f"its plan allows {left}. unmapped_fields: create cannot create more: add columns that you do not "
        "need to ignore_fields."
    )


def _sets_groups(entry: StreamSettings) -> bool:
    return any(names_group(mapping.target) for mapping in entry.fields)


def _with_and(names: Sequence[str]) -> str:
    """Return names as a sentence lists them: a, b and c."""
    *first, last = names
    if not first:
        return last
    return f"{', '.join(first)} and {last}"
