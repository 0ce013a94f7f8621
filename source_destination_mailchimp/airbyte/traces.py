"""An error as the platform wants it, which says whose turn it is now."""

from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

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


def _whose_turn(error: Exception) -> FailureType:
    if isinstance(error, Misconfigured):
        return FailureType.config_error
    if isinstance(error, Unavailable):
        return FailureType.transient_error
    return FailureType.system_error
