"""What streams, their entries and the rest of the form must not do together; checked before anything is read."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import assert_never

from source_destination_mailchimp.destination.form.settings import Settings
from source_destination_mailchimp.destination.mapping.names import same_name
from source_destination_mailchimp.destination.startup.bind_streams import Binding
from source_destination_mailchimp.mailchimp.errors import Misconfigured
from source_destination_mailchimp.mailchimp.members import Audience


def check_streams(settings: Settings, bindings: Sequence[Binding]) -> None:
    """Raise `Misconfigured` for the first thing that does not go together, with the setting and the way out."""
    for group in by_audience(bindings).values():
        _check_mirror_tags(group)
        _check_tags_modes(group)
        _check_external_ids(group)
        _check_rules_for_ids(group)
    for binding in bindings:
        check_double_optin(settings, binding.audience)
    _check_resubscribe(settings, bindings)


def by_audience(bindings: Sequence[Binding]) -> Mapping[Audience, list[Binding]]:
    """Return the streams that feed each audience, both in the order of the catalog."""
    found: dict[Audience, list[Binding]] = defaultdict(list)
    for binding in bindings:
        found[binding.audience].append(binding)
    return found


def check_double_optin(settings: Settings, audience: Audience) -> None:
    """Raise where somebody would pass an audience's own confirmation by without knowing it."""
    if settings.new_member_status == "subscribed" and audience.double_optin:
        raise Misconfigured(
            f"new_member_status: audience {audience.name!r} requires new contacts to confirm "
            "(double opt-in), and `subscribed` would bypass it. Choose pending, so that Mailchimp sends each new "
            "contact a confirmation email."
        )


def _check_mirror_tags(group: Sequence[Binding]) -> None:
    """Raise where two streams of one audience are lists of the same tag; case is aside, as in Mailchimp."""
    seen = set()
    for binding in group:
        if binding.mirror_tag is None:
            continue
        tag = same_name(binding.mirror_tag)
        if tag in seen:
            raise Misconfigured(
                f"streams[].mirror_tag: two streams share the tag {tag!r} in one audience, so "
                "each would remove the other's contacts. Give each its own tag."
            )
        seen.add(tag)


def _check_tags_modes(group: Sequence[Binding]) -> None:
    """Raise where one stream would take off the tags that another, or a list, puts on in the same audience.

    Tags of another connection cannot be seen from here.
    """
    is_alone = len(group) == 1
    has_mirror = any(binding.mirror_tag is not None for binding in group)
    if is_alone and not has_mirror:
        return
    for binding in group:
        if _takes_every_tag(binding):
            raise Misconfigured(
                f'streams[].owned_tags: "*" of stream {binding.stream.id} would remove the tags '
                "of other streams of the same audience, or of a mirrored list. Name the tags that this stream owns."
            )


def _takes_every_tag(binding: Binding) -> bool:
    match binding.entry.tags_mode:
        case "replace_owned":
            return "*" in binding.entry.owned_tags
        case "add":
            return False
        case _:
            assert_never(binding.entry.tags_mode)


def _check_external_ids(group: Sequence[Binding]) -> None:
    """Raise unless all streams of an audience know people by the same merge field: a person has one id in it."""
    first = None
    for binding in group:
        tag = binding.external_id_tag
        if tag is None:
            continue
        if first is None:
            first = tag
        if tag != first:
            raise Misconfigured(
                f"streams[].external_id: stream {binding.stream.id} keeps its external ID in "
                f"{tag}, and another stream of audience {binding.audience.name!r} in {first}. Use the same merge "
                "field for both."
            )


def _check_rules_for_ids(group: Sequence[Binding]) -> None:
    """Raise where an entry of `fields` would write the field of the external id by a rule: an id is always true."""
    tags = {binding.external_id_tag for binding in group} - {None}
    for binding in group:
        for index, mapping in enumerate(binding.entry.fields):
            if mapping.target.upper() not in tags:
                continue
            match mapping.write:
                case "if_empty" | "only_new":
                    raise Misconfigured(
                        f"fields[{index}] of stream {binding.stream.id}: write {mapping.write} is not possible for "
                        f"{mapping.target}, which holds the external ID. Remove write, or choose always."
                    )
                case "always" | None:
                    continue
                case _:
                    assert_never(mapping.write)


def _check_resubscribe(settings: Settings, bindings: Sequence[Binding]) -> None:
    """Raise where a setting can never do what it says."""
    if settings.resubscribe == "never":
        return
    for binding in bindings:
        if binding.asks_opt_in:
            return
    raise Misconfigured(
        f"resubscribe: {settings.resubscribe} needs streams[].opt_in_field and "
        "streams[].consent_time_field: contacts are resubscribed only with an answer and its time."
    )
