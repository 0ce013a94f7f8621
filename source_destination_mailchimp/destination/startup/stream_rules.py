"""The policies by which the records of a stream are planned: the form's words become the rules' values."""

from collections.abc import Callable, Iterable
from typing import assert_never

from source_destination_mailchimp.destination.form.settings import Settings
from source_destination_mailchimp.destination.mapping.names import same_name
from source_destination_mailchimp.destination.rules import consent
from source_destination_mailchimp.destination.rules.plan import Mode, StreamRules
from source_destination_mailchimp.destination.rules.tags import TagRules
from source_destination_mailchimp.destination.startup.bind_streams import Binding


def rules_for(
    settings: Settings,
    binding: Binding,
    required_tags: Iterable[str],
    mirror_tags: Iterable[str] = (),
    *,
    now: Callable[[], float],
) -> StreamRules:
    """Return the policies of a stream; `mirror_tags` are those of all streams of its audience together.

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
        fills_only_empty=_fills_only_empty(settings),
        always_sent=_always_sent(settings, required_tags),
    )


def _mode(binding: Binding) -> Mode:
    """Return what a sync mode does to people; none of them is an order to delete."""
    match binding.mode:
        case "update":
            return "update"
        case "append" | "append_dedup" | "soft_delete" | "overwrite":
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


def _fills_only_empty(settings: Settings) -> bool:
    match settings.conflict:
        case "mailchimp_wins":
            return True
        case "source_wins":
            return False
        case _:
            assert_never(settings.conflict)


def _always_sent(settings: Settings, required_tags: Iterable[str]) -> frozenset[str]:
    """Return the merge fields that every write must hold: Mailchimp refuses a write that lacks a required one."""
    match settings.required_fields:
        case "enforce":
            return frozenset(required_tags)
        case "ignore":
            return frozenset()
        case _:
            assert_never(settings.required_fields)
