"""Mailchimp takes connections and never answers: the run ends within a quarter of an hour, whatever it was reading."""

import os
from collections.abc import Callable
from datetime import timedelta

import pytest

from integration_tests.source.conftest import fill_small
from integration_tests.source.syncing import config, sync
from source_destination_mailchimp.mailchimp.answers import Weather
from source_destination_mailchimp.mailchimp.auth import access
from source_destination_mailchimp.mailchimp.client import Client, fetch_metadata
from source_destination_mailchimp.mailchimp.transport import HttpTransport, Reply, Request
from source_destination_mailchimp.mailchimp.waiting import Patience
from source_destination_mailchimp.sandbox.http.server import Sandbox
from source_destination_mailchimp.source.settings import Settings
from source_destination_mailchimp.source.source import Waits
from unit_tests.mailchimp.pretend import PretendClock

QUARTER_OF_AN_HOUR = 15 * 60
TIMEOUT = (2.0, 20.0)
"""Of the calls that are answered; the others take what a real run waits for."""

Strikes = Callable[[int, Request], Weather | None]
"""Number of the request, from 0, and the request → what comes in place of an answer."""


class Struck(HttpTransport):
    """Lets requests through, but for those that are struck: they cost the time that a real run would wait."""

    def __init__(self, clock: PretendClock, strikes: Strikes) -> None:
        super().__init__()
        self.clock = clock
        self.strikes = strikes
        self.sent = 0

    def send(self, request: Request, timeout_seconds: tuple[float, float]) -> Reply | Weather:
        """Send a request, unless it is struck."""
        weather = self.strikes(self.sent, request)
        self.sent += 1
        if weather is None:
            return super().send(request, TIMEOUT)
        if weather.status is None:
            self.clock.time += timedelta(seconds=timeout_seconds[1])
        return weather


def _never(number: int, request: Request) -> Weather | None:
    return None


def _silent_after(answered: int) -> Strikes:
    def strikes(number: int, request: Request) -> Weather | None:
        return None if number < answered else Weather("ReadTimeout")

    return strikes


def _broken(ending: str) -> Strikes:
    def strikes(number: int, request: Request) -> Weather | None:
        return Weather("HTTP 503", 503) if request.url.endswith(ending) else None

    return strikes


class Run:
    """One sync on one connection, so that seconds of the pretended clock are those of a real one."""

    def __init__(self, sandbox: Sandbox, strikes: Strikes, *streams: str) -> None:
        self.clock = PretendClock()
        begun = self.clock.time
        self.transport = Struck(self.clock, strikes)
        settings = config(sandbox, max_connections=1)
        self.found = sync(settings, *streams, fails=True, connects=self._connect)
        self.seconds = (self.clock.time - begun).total_seconds()

    def _connect(self, settings: Settings, on_wait: Waits) -> Client:
        found = access(settings.credentials.model_dump(), self.root, fetch_metadata)
        return Client(
            found,
            max_connections=1,
            patience=Patience(),
            clock=self.clock,
            transport=self.transport,
            on_wait=on_wait,
        )

    @property
    def root(self) -> str:
        """The address of the sandbox's API."""
        return os.environ["MAILCHIMP_API_BASE_URL"]


STREAMS = ("lists", "campaigns", "reports", "segments", "interests", "list_members", "segment_members", "open_details")


def test_the_source_gives_up_wherever_silence_begins(sandbox: Sandbox) -> None:
    """From the first call on, while parents are listed, and while their rows are read: never as COMPLETE."""
    fill_small(sandbox)
    calls = Run(sandbox, _never, *STREAMS).transport.sent
    assert calls > 15
    for answered in (0, 1, 2, 3, 4, 6, 9, calls // 2, calls - 1):
        run = Run(sandbox, _silent_after(answered), *STREAMS)
        assert run.seconds <= QUARTER_OF_AN_HOUR, answered
        assert set(run.found.turns) == {"transient_error"}, answered
        assert "INCOMPLETE" in run.found.ends.values() or not run.found.ends, answered


@pytest.mark.parametrize(
    ("ending", "stream", "others"),
    [
        ("/segments", "segments", ("lists", "merge_fields")),
        ("/interest-categories", "interests", ("lists", "merge_fields")),
        ("/merge-fields", "merge_fields", ("lists", "segments")),
    ],
)
def test_audiences_that_are_never_answered_give_up_together(
    sandbox: Sandbox, ending: str, stream: str, others: tuple[str, ...]
) -> None:
    """Thirty audiences whose calls fail for ever do not each spend their tries; other streams are read to the end."""
    for number in range(30):
        sandbox.control.seed(name=f"Audience {number}", members=1, prefix=f"p{number}")
    run = Run(sandbox, _broken(ending), stream, *others)
    assert run.seconds <= QUARTER_OF_AN_HOUR
    assert set(run.found.turns) == {"transient_error"}
    assert run.found.ends == {stream: "INCOMPLETE"} | dict.fromkeys(others, "COMPLETE")


def test_segments_that_are_never_answered_give_up_together(sandbox: Sandbox) -> None:
    """The same within one audience, whose segments are parents too; the next sync has every row."""
    tags = [f"tag {number}" for number in range(30)]
    sandbox.control.seed(name="Readers", members=3, tags=tags)
    sandbox.control.clock(advance_seconds=60)

    def strikes(number: int, request: Request) -> Weather | None:
        is_of_a_segment = "/segments/" in request.url and request.url.endswith("/members")
        return Weather("HTTP 503", 503) if is_of_a_segment else None

    run = Run(sandbox, strikes, "segment_members", "lists")
    assert run.seconds <= QUARTER_OF_AN_HOUR
    assert run.found.ends == {"segment_members": "INCOMPLETE", "lists": "COMPLETE"}
    later = sync(config(sandbox), "segment_members", state=run.found.states)
    assert len(later.records["segment_members"]) == 3 * len(tags)
