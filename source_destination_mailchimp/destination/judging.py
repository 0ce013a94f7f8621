"""Whether a run that came to its end was a success, and what is said of one that almost was not."""

from collections.abc import Iterator

from source_destination_mailchimp.airbyte.messages import InputBrokenOff
from source_destination_mailchimp.destination.form.settings import Settings
from source_destination_mailchimp.destination.model import Outcome
from source_destination_mailchimp.destination.reporting.counts import FEW_RECORDS
from source_destination_mailchimp.destination.reporting.fuse import blown_fuse
from source_destination_mailchimp.destination.reporting.stream_table import main_reasons
from source_destination_mailchimp.destination.reporting.wording import counted
from source_destination_mailchimp.destination.startup.build import Run
from source_destination_mailchimp.mailchimp.errors import Misconfigured


def judge(run: Run, settings: Settings) -> None:
    """Raise `Misconfigured`, or `InputBrokenOff`, where a run that came to its end was no success."""
    if run.sync.unreadable.is_cut:
        raise InputBrokenOff(
            "The input ended in the middle of a line, because the sender stopped early. Run the sync again."
        )
    _judge_removals(run, settings)
    _judge_rejections(run, settings)
    _judge_unreadable_lines(run)
    _judge_streams(run)


def forgiven(run: Run) -> Iterator[str]:
    """Yield a sentence for each stream that does not fail the run although nothing of it was accepted."""
    for stream in run.report.forgiven_streams():
        yield (
            f"Every record of stream {stream} was rejected for its email address. Fewer than {FEW_RECORDS} such "
            "records do not fail the sync. Correct the addresses in the source."
        )


def _judge_removals(run: Run, settings: Settings) -> None:
    for pipeline in run.sync.pipelines:
        if pipeline.fuse_is_blown:
            raise Misconfigured(blown_fuse(pipeline.limits.fuse, pipeline.audience, settings))
    if run.sync.departures.blown and not settings.dry_run:
        raise Misconfigured(" ".join(run.sync.departures.blown))


def _judge_rejections(run: Run, settings: Settings) -> None:
    percent = run.report.rejected_percent()
    if percent > settings.max_rejected_percent:
        raise Misconfigured(
            f"max_rejected_percent: {percent:.1f} percent of the records were rejected, and "
            f"{settings.max_rejected_percent:g} percent is allowed. The tables in the log show the reasons."
        )


def _judge_streams(run: Run) -> None:
    counts = run.report.counts()
    failed = [
        f"every record of {stream} was rejected ({main_reasons(counts[stream], Outcome.REJECTED)})"
        for stream in run.report.failed_streams()
    ]
    if failed:
        raise Misconfigured(
            f"streams: {'; '.join(failed)}. The usual cause is a column that is mapped to the wrong field."
        )


def _judge_unreadable_lines(run: Run) -> None:
    lines = run.sync.unreadable.count
    if lines and not run.sync.unreadable.are_kept:
        raise Misconfigured(
            f"object_storage_config: {counted(lines, 'line', 'lines')} of the input could not "
            "be read, and there is no store to keep unreadable lines, so no STATE after the first of them was "
            "sent. Correct the source, or choose a store, and run the sync again."
        )
