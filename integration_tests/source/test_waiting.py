"""Refusals for too many calls, the connections used, and what the progress bar is told."""

from integration_tests.source.conftest import Seeded
from integration_tests.source.syncing import config, sync


def test_throttling_is_waited_out_and_reported(seeded: Seeded) -> None:
    """429 and a bare 403 cost time and no row, and the platform is told that the stream is rate limited."""
    seeded.sandbox.control.fault("429", path="/3.0/lists/*/members", times=1)
    seeded.sandbox.control.fault("403_bare", path="/3.0/lists/*/members", times=1)
    found = sync(config(seeded.sandbox), "list_members")
    assert len(found.records["list_members"]) == 1065
    reasons = [
        (trace.stream_status.stream_descriptor.name, reason.type.value)
        for trace in found.traces("STREAM_STATUS")
        for reason in trace.stream_status.reasons or []
    ]
    assert set(reasons) == {("list_members", "RATE_LIMITED")}


def test_a_broken_answer_loses_nothing(seeded: Seeded) -> None:
    """Resets, cut bodies and gateway pages are asked again."""
    for fault in ("reset_before", "cut_body", "502_html", "500"):
        seeded.sandbox.control.fault(fault, path="/3.0/*", times=1)
    assert len(sync(config(seeded.sandbox), "list_members").records["list_members"]) == 1065


def test_never_more_connections_than_allowed(seeded: Seeded) -> None:
    """All streams together keep to `max_connections`, and use them."""
    control = seeded.sandbox.control
    control.latency(ms=5)
    for allowed in (1, 3):
        control.forget_requests()
        sync(config(seeded.sandbox, max_connections=allowed, audiences=["Others"]))
        assert control.peak() == allowed


def test_the_progress_bar_knows_how_much_is_to_come(seeded: Seeded) -> None:
    """An estimate per stream stands before its last record, and is near the number of records."""
    found = sync(config(seeded.sandbox), "list_members", "lists")
    estimates = {trace.estimate.name: trace.estimate.row_estimate for trace in found.traces("ESTIMATE")}
    assert estimates["lists"] == 2
    assert 900 <= estimates["list_members"] <= 1100


def test_states_count_the_records_before_them(seeded: Seeded) -> None:
    """The counts of all states of a stream add up to its records."""
    found = sync(config(seeded.sandbox), "list_members")
    stats = [message.state.sourceStats for message in found.output.state_messages if message.state]
    assert sum(one.recordCount or 0 for one in stats if one) == len(found.records["list_members"])
