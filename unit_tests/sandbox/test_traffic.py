"""Faults, connections and latency as counters."""

from source_destination_mailchimp.sandbox.control.traffic import CONNECTIONS_PER_USER, Fault, Latency, Traffic


def test_ten_connections_per_user() -> None:
    """A user has ten connections, which come back when they are given back (documented, errors)."""
    traffic = Traffic()
    assert all(traffic.connect("me") for _ in range(CONNECTIONS_PER_USER))
    assert not traffic.connect("me")
    assert traffic.connect("you")
    traffic.disconnect("me")
    assert traffic.connect("me")


def test_spent_faults_are_gone() -> None:
    """A fault that has struck as often as it was told is gone, and the next one takes over (promise)."""
    traffic = Traffic()
    traffic.faults = [Fault("503", times=1), Fault("500", path="/3.0/*", times=1)]
    kinds = [fault.kind if (fault := traffic.hit("GET", "/3.0/ping")) else "" for _ in range(3)]
    assert kinds == ["503", "500", ""]


def test_latency_of_a_call() -> None:
    """A call takes the fixed time, more per member, more with the offset (promise)."""
    latency = Latency(ms=100, per_member_ms=2)
    assert latency.seconds({"members": [1] * 50}, {}) == 0.2
    assert latency.seconds({"members_to_add": [1] * 50, "members_to_remove": [1] * 50}, {}) == 0.3
    assert latency.seconds(None, {"offset": "50000"}) == 0.2
    assert Latency().seconds({"members": [1]}, {"offset": "5"}) == 0
