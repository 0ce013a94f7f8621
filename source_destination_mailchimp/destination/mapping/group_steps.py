"""Groups of a member: one from a yes-or-no column, or a whole category from a list column."""

from collections.abc import Iterable, Sequence

from source_destination_mailchimp.destination.mapping.columns import Reader, Record
from source_destination_mailchimp.destination.mapping.lists import items_of, matched, parts_of
from source_destination_mailchimp.destination.mapping.live_audience import holds_one_group
from source_destination_mailchimp.destination.mapping.steps import Draft, Step
from source_destination_mailchimp.destination.mapping.targets import GROUP
from source_destination_mailchimp.destination.mapping.values import MISSING, Unfit, as_yes_or_no, is_empty
from source_destination_mailchimp.destination.model import Note, Reason
from source_destination_mailchimp.mailchimp.members import Interest

_SEVERAL_GROUPS = "the category allows one group per contact, but the record names several"


def group_step(interest: Interest, category: Sequence[Interest], read: Reader, *, clear: bool) -> Step:
    """Return the step for one group from a yes-or-no column.

    In a category that holds one group at most, a yes takes the others off.
    """
    others: list[str] = []
    if holds_one_group(category):
        others = [other.id for other in category if other.id != interest.id]

    def fill(record: Record, draft: Draft) -> Iterable[Note]:
        value = read(record)
        if value is MISSING:
            return ()
        wanted = as_yes_or_no(value)
        chosen = draft.interests
        if wanted is None and not clear:
            return ()
        if not wanted:
            chosen[interest.id] = False
            return ()
        if any(chosen.get(other) for other in others):
            # A column before this one chose another: which of them is meant nobody knows, so none is written.
            for other in (interest.id, *others):
                chosen.pop(other, None)
            raise Unfit(_SEVERAL_GROUPS)
        chosen.update(dict.fromkeys(others, False))
        chosen[interest.id] = True
        return ()

    return Step(f"{GROUP}{interest.category}/{interest.name}", fill)


def category_step(category: Sequence[Interest], read: Reader, *, clear: bool) -> Step:
    """Return the step for a whole category from a list column: the named groups, and no other of the category.

    A list with a name that is no group takes nobody out of any: it may be a group that was spelled differently.
    """
    by_name = {parts_of(interest.name): interest.id for interest in category}
    nobody_in = dict.fromkeys(by_name.values(), False)
    takes_one = holds_one_group(category)
    field = f"{GROUP}{category[0].category}"

    def fill(record: Record, draft: Draft) -> Iterable[Note]:
        value = read(record)
        if value is MISSING:
            return ()
        if is_empty(value) and not clear:
            return ()
        named, unknown = matched(items_of(value), by_name)
        wanted = dict.fromkeys(named, True)
        if unknown and not wanted:
            raise Unfit("not a group of the category")
        if takes_one and len(wanted) > 1:
            raise Unfit(_SEVERAL_GROUPS)
        if unknown:
            draft.interests.update(wanted)
            return (Note(Reason.VALUE_REJECTED, field, _not_groups(unknown)),)
        draft.interests.update(nobody_in)
        draft.interests.update(wanted)
        return ()

    return Step(field, fill)


def _not_groups(unknown: int) -> str:
    return "1 name is not a group" if unknown == 1 else f"{unknown:,} names are not groups"
