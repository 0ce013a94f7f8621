"""Which values and tags of members have to be known for the streams of an audience."""

from collections.abc import Callable, Iterable, Sequence
from typing import assert_never

from source_destination_mailchimp.destination.form.settings import Settings
from source_destination_mailchimp.destination.mapping.live_audience import LiveAudience
from source_destination_mailchimp.destination.mapping.respelling import RespellingMapper
from source_destination_mailchimp.destination.members.tracking import Tracking
from source_destination_mailchimp.destination.startup.bind_streams import Binding


def track(
    settings: Settings,
    live: LiveAudience,
    bindings: Sequence[Binding],
    mappers: Iterable[RespellingMapper],
    read_time: Callable[[], str] | None = None,
) -> Tracking:
    """Return which values of members a run compares: those that some stream may write.

    With `read_time` the values themselves are kept too, each with the time at which it was read.
    """
    tracked: dict[str, None] = {}
    for mapper in mappers:
        tracked.update(dict.fromkeys(mapper.tracked))
    return Tracking(
        live,
        list(tracked),
        tags=_needs_tags(settings, bindings),
        external_id_tag=_external_id_tag(bindings),
        mirror_tags=[binding.mirror_tag for binding in bindings if binding.mirror_tag is not None],
        read_time=read_time,
    )


def _needs_tags(settings: Settings, bindings: Sequence[Binding]) -> bool:
    """Return whether it has to be known which tags members carry."""
    match settings.removal:
        case "remove_tags":
            return True
        case "keep" | "unsubscribe" | "archive" | "delete_permanently":
            return any(map(_uses_tags, bindings))
        case _:
            assert_never(settings.removal)


def _uses_tags(binding: Binding) -> bool:
    """Return whether what is to be done for a stream's records depends on tags."""
    if binding.is_activation or binding.entry.sets_tags:
        return True
    if binding.external_id_tag is not None:
        return True  # two members that are joined keep the tags of both
    match binding.entry.tags_mode:
        case "add":
            return False
        case "replace_owned":
            return True
        case _:
            assert_never(binding.entry.tags_mode)


def _external_id_tag(bindings: Sequence[Binding]) -> str | None:
    """Return the merge field that keeps external ids: all streams of an audience have the same, if any."""
    for binding in bindings:
        if binding.external_id_tag is not None:
            return binding.external_id_tag
    return None
