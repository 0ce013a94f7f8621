"""All calls give up together where Mailchimp takes connections and says nothing; no second of it is waited for."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from source_destination_mailchimp.mailchimp.answers import Weather
from source_destination_mailchimp.mailchimp.auth import Access
from source_destination_mailchimp.mailchimp.calls import Call
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.errors import Unavailable
from source_destination_mailchimp.mailchimp.silence import Silence
from source_destination_mailchimp.mailchimp.transport import Reply, Request
from source_destination_mailchimp.mailchimp.waiting import Patience
from unit_tests.mailchimp.pretend import ROOT, PretendClock, problem, reply

PING = Call("GET", "/ping")
PONG = reply(200, {"health_status": "Everything's Chimpy!"})
MINUTE = 60.0
READ_TIMEOUT_SECONDS = 130.0


class SlowTransport:
    """Spends pretended time on every request, one after the other, then says what it is told to say."""

    def __init__(self, clock: PretendClock, seconds: float, say: Callable[[int], Reply | Weather]) -> None:
        self.asked = 0
        self._clock = clock
        self._seconds = seconds
        self._say = say
        self._turn = threading.Lock()

    def send(self, request: Request, timeout_seconds: tuple[float, float]) -> Reply | Weather:
        """Let the time pass, then answer by the number of the request."""
        with self._turn:
            self.asked += 1
            self._clock.sleep(self._seconds)
            return self._say(self.asked)

    def close(self) -> None:
        """There is nothing to free."""


def slow_client(seconds: float, say: Callable[[int], Reply | Weather]) -> tuple[Client, SlowTransport, PretendClock]:
    """Return a client whose every request takes so many pretended seconds."""
    clock = PretendClock(jitter=1.0)
    transport = SlowTransport(clock, seconds, say)
    client = Client(Access(ROOT, "Bearer secret"), max_connections=4, clock=clock, transport=transport)
    return client, transport, clock


def never(number: int) -> Weather:
    """Say nothing until the time is up."""
    return Weather("ReadTimeout")


@pytest.mark.parametrize("items", [1, 5, 1000])
def test_a_silent_mailchimp_ends_a_run_within_a_quarter_of_an_hour(items: int) -> None:
    """However many items there are, one after the other: the time for all of them is one."""
    client, _, clock = slow_client(READ_TIMEOUT_SECONDS, never)
    begun = clock.monotonic()
    for _ in range(items):
        with pytest.raises(Unavailable):
            client.ask(PING)
    assert clock.monotonic() - begun <= 15 * MINUTE


def test_items_that_wait_for_a_connection_give_up_too() -> None:
    """On many threads, most of them still waiting for their turn when the time is over: each hears of it at once."""
    client, transport, _ = slow_client(READ_TIMEOUT_SECONDS, never)
    with ThreadPoolExecutor(20) as pool:
        errors = list(pool.map(lambda _: _error_of(client), range(200)))
    assert all(isinstance(error, Unavailable) for error in errors)
    assert transport.asked * READ_TIMEOUT_SECONDS <= 15 * MINUTE
    assert "has not answered any call for 10 minutes" in str(errors[-1])


def _error_of(client: Client) -> Exception | None:
    try:
        client.ask(PING)
    except Unavailable as error:
        return error
    return None


def test_an_outage_that_passes_is_waited_out() -> None:
    """Nine minutes without a word, and then one: the run goes on, and the next silence begins anew."""
    client, transport, _ = slow_client(MINUTE, lambda number: PONG if number % 9 == 0 else Weather("ReadTimeout"))
    errors = [_error_of(client) for _ in range(8)]
    answered = errors.count(None)
    assert (answered, transport.asked) == (4, 36)


@pytest.mark.parametrize("word", [problem(500, "Internal Server Error"), problem(429, "Too Many Requests")])
def test_a_refusal_to_work_is_a_word(word: Reply) -> None:
    """Mailchimp is there: one call that it can never answer is no reason to give up the others."""
    client, _, clock = slow_client(MINUTE, lambda number: word)
    for _ in range(6):
        assert "ping after" in str(_error_of(client))
    assert clock.monotonic() > 15 * MINUTE


def test_somebody_elses_word_is_silence() -> None:
    """A captive portal that answers every call ends the run as no answer does."""
    client, transport, clock = slow_client(1.0, lambda number: reply(302))
    begun = clock.monotonic()
    for _ in range(100):
        assert _error_of(client) is not None
    assert clock.monotonic() - begun <= 15 * MINUTE
    assert transport.asked < 100


def test_an_idle_client_is_not_silent() -> None:
    """An hour in which nothing was asked, because no record came, does not count."""
    client, _, clock = slow_client(1.0, lambda number: Weather("ReadTimeout") if number == 2 else PONG)
    client.ask(PING)
    clock.sleep(60 * MINUTE)
    assert client.ask(PING).tries == 2


def test_a_silence_begins_with_the_earliest_try() -> None:
    """Tries on several threads end in any order; the first of them counts."""
    silence = Silence(longest_seconds=10.0)
    silence.begin(5.0)
    silence.begin(2.0)
    assert not silence.is_final(11.9)
    assert silence.is_final(12.0)


def test_what_is_given_up_stays_given_up() -> None:
    """A word that comes too late does not bring one item of many back."""
    silence = Silence(longest_seconds=10.0)
    silence.begin(0.0)
    assert silence.is_final(10.0)
    silence.end()
    assert silence.is_final(10.0)
    assert silence.was_heard


def test_the_longest_silence_leaves_room_for_the_last_try() -> None:
    """A wait, a connection and an answer that never comes may follow it within the quarter of an hour."""
    patience = Patience()
    last_try_seconds = sum(patience.timeout_seconds)
    assert patience.longest_silence_seconds + patience.longest_wait_seconds + last_try_seconds <= 15 * MINUTE
