"""What ends a stream, or a sync, as the platform wants to hear it: whose turn it is, and what to do."""

import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path

from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_destination_mailchimp.airbyte import traces
from source_destination_mailchimp.mailchimp.answers import RefusalKind
from source_destination_mailchimp.mailchimp.errors import MailchimpError, Misconfigured, Refused, Unavailable
from source_destination_mailchimp.source.account import NotShown
from source_destination_mailchimp.source.packing import UnreadableState

GRAVEST_FIRST = (FailureType.system_error, FailureType.transient_error, FailureType.config_error)
"""Whose turn it is after a sync in which several streams failed. A fault of ours must not hide behind the others, and
while anything can get better by itself the platform is to try again: what only the user can change is said by then."""

PLACES_SHOWN = 3


def traced(error: Exception, stream: str) -> AirbyteTracedException:
    """Return an error of a stream as the platform wants it."""
    if isinstance(error, Refused) and error.refusal.kind in (RefusalKind.CREDENTIALS, RefusalKind.PERMISSION):
        sentence = (
            f"Stream {stream}: Mailchimp does not allow this user to read it ({error}). Give "
            "the user a higher role, upgrade the plan, or remove this stream from the connection."
        )
        return traces.traced(error, sentence, FailureType.config_error)
    if isinstance(error, Refused) and error.refusal.kind is RefusalKind.NOT_FOUND:
        # Of something that hangs on the account alone, which is there.
        error = NotShown("")
    if isinstance(error, UnreadableState):
        sentence = (
            f"Stream {stream}: the saved state cannot be read ({error}). Clear the stream to read it from the start."
        )
        return traces.traced(error, sentence, FailureType.config_error)
    if isinstance(error, Misconfigured):
        return traces.traced(error)
    if isinstance(error, Unavailable | NotShown):
        sentence = f"Stream {stream}: {error} Run the sync again later; it continues from the last saved state."
        return traces.traced(error, sentence, FailureType.transient_error)
    if isinstance(error, MailchimpError):
        return traces.traced(error, f"Stream {stream}: {error}")
    return _fault(error, stream)


def _fault(error: Exception, stream: str) -> AirbyteTracedException:
    """Return a fault of the connector by its kind and place, without its text: that may hold what was read."""
    kind = type(error).__name__
    frames = traceback.extract_tb(error.__traceback__)[-PLACES_SHOWN:]
    places = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames))
    return AirbyteTracedException(
        message=f"Stream {stream}: the connector does not understand an answer from Mailchimp "
        f"({kind} at {places}). Please report this with the log, and remove the stream from the connection "
        "until it is fixed.",
        internal_message=f"{kind} at {places}",
        failure_type=FailureType.system_error,
    )


def together(failures: Mapping[str, Sequence[Exception]]) -> AirbyteTracedException:
    """Return the one error that ends a sync in which some streams failed; `failures` is stream → its errors.

    The CDK's own says `config_error` whatever happened, which tells the platform not to try again.
    """
    errors: list[AirbyteTracedException] = []
    for stream, found in failures.items():
        errors += [error if isinstance(error, AirbyteTracedException) else _fault(error, stream) for error in found]
    errors.sort(key=lambda error: GRAVEST_FIRST.index(error.failure_type))
    names = ", ".join(failures)
    kind = AirbyteTracedException if errors[0].failure_type is FailureType.system_error else traces.Explained
    count = f"{len(failures)} streams were" if len(failures) > 1 else "1 stream was"
    return kind(
        message=f"{count} not read completely: {names}. {errors[0].message}",
        internal_message="Some streams failed",
        failure_type=errors[0].failure_type,
    )
