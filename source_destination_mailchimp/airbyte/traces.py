"""An error as the platform wants it, which says whose turn it is now."""

import time
from typing import Any

from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_destination_mailchimp.airbyte.messages import InputBrokenOff, Message, log
from source_destination_mailchimp.mailchimp.errors import Misconfigured, Unavailable
from source_destination_mailchimp.mailchimp.members import without_addresses


def traced(error: Exception, sentence: str = "", failure_type: FailureType | None = None) -> AirbyteTracedException:
    """Return an error with a sentence of its own or the given one; no address is in it.

    The user's turn is `config_error`, the platform's (a later try) is `transient_error`, ours is `system_error`.
    """
    return AirbyteTracedException(
        message=without_addresses(sentence or str(error)),
        internal_message=type(error).__name__,
        failure_type=failure_type or _whose_turn(error),
        exception=error,
    )


def last_messages(error: AirbyteTracedException) -> list[Message]:
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
