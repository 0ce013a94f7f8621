"""Who waits for an address that another person's member has, and until when."""

from source_destination_mailchimp.destination.checkpoints import Ticket
from source_destination_mailchimp.destination.model import StreamId
from source_destination_mailchimp.destination.taken_addresses import TakenAddresses
from source_destination_mailchimp.destination.work_item import WorkItem
from unit_tests.destination.planned import STREAM, contact


def item(id: str, address: str, window: int = 0) -> WorkItem:
    """A record with an external id."""
    return WorkItem(contact(address, external_id=id)._replace(hash=address), Ticket(), window=window)


def test_nobody_ends_while_the_window_is_open() -> None:
    """Another record may still set the address free."""
    waiting = TakenAddresses()
    waiting.wait(item("1", "b"), "2")
    assert not waiting.is_ending
    assert waiting.ended(()) == ([], [])


def test_whoever_waits_for_nobody_ends_with_the_window() -> None:
    """The last of a chain and with it everybody before, unless the holder is in work."""
    waiting = TakenAddresses()
    first, second = item("1", "b"), item("2", "c")
    waiting.wait(first, "2")
    waiting.wait(second, "3")
    waiting.end_window(STREAM)
    assert waiting.ended({"3"}) == ([], [])
    refused, rings = waiting.ended(())
    assert refused == [second, first]
    assert rings == []
    assert not waiting.is_ending


def test_whoever_comes_late_ends_with_what_is_in_work() -> None:
    """A record of a window that has ended waits for no other window."""
    waiting = TakenAddresses()
    waiting.end_window(STREAM)
    waiting.wait(item("1", "b", window=0), "2")
    assert waiting.is_ending
    waiting.leave("1")
    waiting.wait(item("1", "b", window=1), "2")
    assert not waiting.is_ending


def test_a_ring_is_found_with_whoever_waits_for_it() -> None:
    """Three who pass their addresses round; the fourth, who wants one of them, is looked at once more."""
    waiting = TakenAddresses()
    ring = [item("1", "b"), item("2", "c"), item("3", "a")]
    for one, holder in zip(ring, ("2", "3", "1"), strict=True):
        waiting.wait(one, holder)
    fourth = item("4", "b")
    waiting.wait(fourth, "2")
    waiting.end_window(STREAM)
    refused, rings = waiting.ended(())
    assert [sorted(one.contact.external_id for one in each) for each in rings] == [["1", "2", "3"]]
    assert refused == []
    assert waiting.free(["b"]) == [fourth]


def test_the_end_of_a_window_is_that_of_its_stream() -> None:
    """Records of another stream go on waiting for theirs."""
    waiting = TakenAddresses()
    waiting.wait(item("1", "b"), "2")
    waiting.end_window(StreamId(None, "another"))
    assert not waiting.is_ending


def test_whoever_waits_for_a_holder_whose_window_is_open_goes_on_waiting() -> None:
    """The holder's own record, of another stream, may still set the address free."""
    waiting = TakenAddresses()
    waiting.wait(item("1", "b"), "2")
    holder = item("2", "c")
    holder.contact = holder.contact._replace(stream=StreamId(None, "another"))
    waiting.wait(holder, "3")
    waiting.end_window(STREAM)
    assert waiting.ended(()) == ([], [])
    waiting.end_window(StreamId(None, "another"))
    assert len(waiting.ended(()).refused) == 2


def test_only_so_many_wait() -> None:
    """Memory stays bounded: the next one is refused as it comes."""
    waiting = TakenAddresses(most=1)
    assert waiting.has_room
    waiting.wait(item("1", "b"), "2")
    assert not waiting.has_room
