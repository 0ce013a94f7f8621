"""An error as the platform wants it, which says whose turn it is now; a traceback only where that helps somebody."""

import logging
import time
from typing import Any

from airbyte_cdk.models import AirbyteMessage, FailureType, StreamDescriptor
from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_destination_mailchimp.airbyte.messages import InputBrokenOff, InputError, Message, log
from source_destination_mailchimp.mailchimp.errors import Misconfigured, Unavailable
from source_destination_mailchimp.mailchimp.members import without_addresses


class Explained(AirbyteTracedException):
    """An error that explains itself, because it is not a fault of ours: its sentence is all that anybody is shown."""

    def as_airbyte_message(self, stream_descriptor: StreamDescriptor | None = None) -> AirbyteMessage:
        """Return the error as a TRACE message, without the traceback that the CDK puts into it."""
        message = super().as_airbyte_message(stream_descriptor)
        if message.trace is not None and message.trace.error is not None:
            message.trace.error.stack_trace = None
        return message


def traced(error: Exception, sentence: str = "", failure_type: FailureType | None = None) -> AirbyteTracedException:
    """Return an error with a sentence of its own or the given one; no address is in it.

    The user's turn is `config_error`, the platform's (a later try) is `transient_error`, ours is `system_error`. Faults
    of ours keep their traceback; every other error is `Explained`.
    """
    turn = failure_type or _whose_turn(error)
    is_ours = turn is FailureType.system_error and not isinstance(error, InputError)
    kind = AirbyteTracedException if is_ours else Explained
    return kind(
        message=without_addresses(sentence or str(error)),
        internal_message=type(error).__name__,
        failure_type=turn,
        exception=error,
    )


def without_traceback(record: logging.LogRecord) -> bool:
    """Let a log record say its error's sentence, and nothing else, where the error is `Explained`: a filter."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, Explained):
        record.exc_info = None
        record.msg, record.args = str(error), ()
    return True


def last_messages(error: Explained) -> list[Message]:
    """Return what the platform is told of an error that explains itself: its sentence, and no traceback."""
    sentence = filter_secrets(error.message or "")
    told: dict[str, Any] = {"message": sentence, "internal_message": error.internal_message}
    if error.failure_type is not None:
        told["failure_type"] = error.failure_type.value
    emitted_at = float(time.time_ns() // 1_000_000)
    return [
        log(sentence, "FATAL"),
        {"type": "TRACE", "trace": {"type": "ERROR", "emitted_at": emitted_at, "error": told}},
    ]


def _whose_turn(error: Exception) -> FailureType:
    if isinstance(error, Misconfigured):
        return FailureType.config_error
    if isinstance(error, Unavailable | InputBrokenOff):
        return FailureType.transient_error
    return FailureType.system_error
