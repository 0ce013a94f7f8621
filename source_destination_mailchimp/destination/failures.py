"""What the platform, and the figures of the run, are told of a failure: our own words where the error has some."""

import sqlite3

from airbyte_cdk.models import FailureType
from airbyte_cdk.utils import AirbyteTracedException
from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets

from source_destination_mailchimp.airbyte import traces
from source_destination_mailchimp.airbyte.messages import InputError
from source_destination_mailchimp.destination.reporting.run_summary import Exit
from source_destination_mailchimp.destination.rules.after_write import ConsentBroken
from source_destination_mailchimp.mailchimp.errors import MailchimpError, Refused, Unavailable


def traced(error: Exception) -> AirbyteTracedException:
    """Return an error as the platform wants it; what Mailchimp refuses for good is the user's turn too."""
    kind = FailureType.config_error if isinstance(error, Refused) else None
    return traces.traced(error, failure_type=kind)


def failed_exit(error: BaseException) -> Exit:
    """Return the end of a failed run, with the type and the sentence that the platform is told."""
    if isinstance(error, MailchimpError | ConsentBroken | InputError):
        trace = traced(error)
        kind = trace.failure_type or FailureType.system_error
        return Exit("failed", kind.value, filter_secrets(trace.message or ""))
    return Exit("failed", FailureType.system_error.value, type(error).__name__)


def no_temporary_file(error: sqlite3.Error) -> Unavailable:
    """Return the error of a run whose temporary file cannot be written, in words for people."""
    return Unavailable(
        "The temporary file with the contacts of the audience cannot be written: "
        f"{error}. Free space on the disk for temporary files, or name another folder in the environment "
        "variable SQLITE_TMPDIR, and start again."
    )
