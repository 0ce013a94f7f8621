"""In which order a member's tags are listed: the newest first, and those put on in one second as was recorded. Pure."""

from collections.abc import Mapping
from typing import Final

ALWAYS_AS_NAMED: Final = 3  # so few tags come out of the heap as they went in


def listed(tags: Mapping[int, int]) -> list[int]:
    """The IDs of tags as Mailchimp lists them; `tags` maps each to when it was put on, in the order of a member's.

    Tags of one call come as the call names them where they are two or three, and as the first, the third, the second
    and the fourth where they are four (recorded: 18, 3 and 2 times). A heap sort of the tags, the last one named first,
    gives exactly these orders, also where older tags were there before; so it is taken for more than four as well
    (inferred).
    """
    as_named = list(tags)
    if len(as_named) <= ALWAYS_AS_NAMED or len(set(tags.values())) == len(as_named):
        return as_named
    heap: list[int] = []
    for tag in reversed(as_named):
        heap.append(tag)
        _rise(heap, len(heap) - 1, tags)
    oldest_first: list[int] = []
    while heap:
        oldest_first.append(heap[0])
        _take_oldest(heap, tags)
    return oldest_first[::-1]


def _rise(heap: list[int], place: int, added: Mapping[int, int]) -> None:
    """Let the tag at a place rise above those that are newer than it; it stays below one of the same second."""
    tag = heap[place]
    while place > 0:
        parent = (place - 1) // 2
        if added[heap[parent]] <= added[tag]:
            break
        heap[place] = heap[parent]
        place = parent
    heap[place] = tag


def _take_oldest(heap: list[int], added: Mapping[int, int]) -> None:
    """Take the root away: the older child moves up, of two of one second the right one, and the last fills the gap."""
    last = heap.pop()
    if not heap:
        return
    gap, right = 0, 2
    while right <= len(heap):
        child = right
        if right == len(heap) or added[heap[right]] > added[heap[right - 1]]:
            child = right - 1
        heap[gap] = heap[child]
        gap, right = child, 2 * child + 2
    heap[gap] = last
    _rise(heap, gap, added)
