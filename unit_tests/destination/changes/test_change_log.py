"""The list of changes while a run goes on: nothing is added behind a gap."""

from typing import Any

import pytest

from source_destination_mailchimp.destination.changes.chain import check
from source_destination_mailchimp.destination.changes.change_log import ChangeLog, LogClosed
from source_destination_mailchimp.mailchimp.errors import Misconfigured

CHANGE = {"at": "1", "audience": "a", "email": "ann@shop.com", "call": "add", "sent": {}}


class Disk:
    """The file of a list, and the folder it lies in; it can be full."""

    name = "2026-01-02T03-04-05.678Z-9f3c1a7e5b20"
    location = "/data"

    def __init__(self) -> None:
        self.data = b""
        self.is_full = False

    def open(self, _file: str) -> "Disk":
        return self

    def write(self, _file: str, _pieces: Any) -> None:
        raise AssertionError("the list is not written as a whole")

    def locate(self, file: str) -> str:
        return file

    def append(self, data: bytes) -> None:
        if self.is_full:
            raise Misconfigured("full")
        self.data += data

    def flush(self) -> None:
        if self.is_full:
            raise Misconfigured("full")

    def close(self) -> None:
        self.flush()


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def log(disk: Disk) -> ChangeLog:
    return ChangeLog(disk, {}, lambda: "1")


def test_what_could_not_be_written_once_stops_the_list_for_good(disk: Disk, log: ChangeLog) -> None:
    """Also when there is room again: a call that is not listed must not leave, and nothing fits behind a gap."""
    log.leaving([CHANGE])
    disk.is_full = True
    with pytest.raises(Misconfigured):
        log.leaving([CHANGE])
    disk.is_full = False
    for attempt in (lambda: log.leaving([CHANGE]), lambda: log.answered([(2, {"result": "written"})]), log.close):
        with pytest.raises(Misconfigured):
            attempt()
    checked = check([disk.data])
    assert checked.fault is None
    assert (checked.head.changes, checked.is_ended) == (1, False)


def test_nothing_leaves_after_the_end(disk: Disk, log: ChangeLog) -> None:
    """What comes home late stays unsettled, and a second end adds nothing."""
    (number,) = log.leaving([CHANGE])
    log.close()
    written = disk.data
    with pytest.raises(LogClosed):
        log.leaving([CHANGE])
    log.answered([(number, {"result": "written"})])
    log.close()
    log.abandon()
    assert disk.data == written
    assert check([written]).is_whole


def test_a_list_that_is_given_up_has_no_total(disk: Disk, log: ChangeLog) -> None:
    """As if the process had been killed: another start goes on."""
    log.leaving([CHANGE])
    log.abandon()
    assert not check([disk.data]).is_ended
