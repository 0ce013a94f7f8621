"""The policies by which the records of a stream are planned: the form's words become the rules' values."""

from collections.abc import Callable, Iterable, Mapping
from typing import assert_never

from source_destination_mailchimp.destination.form.field_mapping import Write
from source_destination_mailchimp.destination.form.settings import Settings
from source_destination_mailchimp.destination.mapping.assignments import write_by_conflict
from source_destination_mailchimp.destination.mapping.names import same_name
from source_destination_mailchimp.destination.rules import consent
from source_destination_mailchimp.destination.rules.field_writes import FieldWrites
from source_destination_mailchimp.destination.rules.plan import Mode, StreamRules
from source_destination_mailchimp.destination.rules.tags import TagRules
from source_destination_mailchimp.destination.startup.bind_streams import Binding


def rules_for(
    settings: Settings,
    binding: Binding,
    required_tags: Iterable[str],
    mirror_tags: Iterable[str] = (),
    *,
    writes: Mapping[str, Write],
    now: Callable[[], float],
) -> StreamRules:
    """Return the policies of a stream; `mirror_tags` are those of all streams of its audience together.

    `writes`: when a value is written, by key of `Known.digests`, where an entry of `fields` says so.
    `required_tags`: merge fields that must be filled on Mailchimp's own form. `now`: seconds since 1970 UTC.
    """
    return StreamRules(
        stream=binding.stream.id,
        consent=consent.Rules(settings.new_member_status, settings.resubscribe),
        now=now,
        mode=_mode(binding),
        removal=settings.removal,
        tags=_tag_rules(binding, mirror_tags),
        mirror_tag=same_name(binding.entry.mirror_tag or ""),
        writes=FieldWrites(write_by_conflict(settings), writes),
        always_sent=_always_sent(settings, required_tags, writes),
    )


def _mode(binding: Binding) -> Mode:
    """Return what a sync mode does to people; none of them is an order to delete."""
    match binding.mode:
        case "update":
            return "update"
        case "append" | "append_dedup" | "overwrite":
            return "upsert"
        case _:
            assert_never(binding.mode)


def _tag_rules(binding: Binding, mirror_tags: Iterable[str]) -> TagRules:
    entry = binding.entry
    own = list(entry.tags)
    others = {same_name(tag) for tag in mirror_tags}
    if entry.mirror_tag is not None:
        own.append(entry.mirror_tag)
        others.discard(same_name(entry.mirror_tag))
    each_once = tuple(dict.fromkeys(filter(None, own)))
    return TagRules(each_once, entry.tags_mode, entry.owned_tags, frozenset(others))


def _always_sent(settings: Settings, required_tags: Iterable[str], writes: Mapping[str, Write]) -> frozenset[str]:
    """Return the merge fields that every write must hold: Mailchimp refuses a write that lacks a required one.

    Not those that an entry of `fields` asks to leave alone: what a person entered there would be lost.
    """
    match settings.required_fields:
        case "enforce":
            return frozenset(tag for tag in required_tags if writes.get(tag, "always") == "always")
        case "ignore":
            return frozenset()
        case _:
            assert_never(settings.required_fields)
