"""Dagster: one partition per Mailchimp account, each with its own state, hourly, and retried where that can help.

FLEET=/srv/fleet DAGSTER_HOME=examples/fleet dagster dev -m examples.fleet.definitions
"""

from collections.abc import Iterator

import dagster as dg

from examples.fleet.accounts import accounts
from examples.fleet.sync import Ended, sync

USER_TAG = "mailchimp/user"
"""Runs with one value of this tag take turns (dagster.yaml): Mailchimp's ten connections are per user."""

TRIES_AFTER_THE_FIRST = 3
SECONDS_BETWEEN_TRIES = 300
LOG_LINES_SHOWN = 20


def known_accounts() -> dg.StaticPartitionsDefinition:
    """Return one partition per account folder; reload the code location after adding one."""
    return dg.StaticPartitionsDefinition([account.name for account in accounts()])


class Retries(dg.ConfigurableResource):
    """How often, and after how many seconds, a sync is tried again whose failure may pass by itself."""

    tries_after_the_first: int = TRIES_AFTER_THE_FIRST
    seconds_between_tries: float = SECONDS_BETWEEN_TRIES


@dg.asset(partitions_def=known_accounts(), group_name="mailchimp")
def mailchimp_audience(context: dg.AssetExecutionContext, retries: Retries) -> dg.MaterializeResult:
    """Sync one account's contacts into its Mailchimp audience."""
    (account,) = (account for account in accounts() if account.name == context.partition_key)
    ended = sync(account, context.log.info)
    if ended.failure is not None:
        raise _failure(*ended.failure, retries)
    return dg.MaterializeResult(metadata=_shown(ended))


def _failure(kind: str, sentence: str, retries: Retries) -> Exception:
    """Return what tells Dagster to try again: only for what may pass by itself."""
    if kind == "transient_error":
        return dg.RetryRequested(retries.tries_after_the_first, retries.seconds_between_tries)
    return dg.Failure(sentence, metadata={"failure type": kind}, allow_retries=False)


def _shown(ended: Ended) -> dict[str, dg.MetadataValue]:
    return {"log": dg.MetadataValue.md("\n\n".join(ended.log[-LOG_LINES_SHOWN:]))}


audience_job = dg.define_asset_job("mailchimp_audiences", [mailchimp_audience])


@dg.schedule(job=audience_job, cron_schedule="15 * * * *")
def every_hour() -> Iterator[dg.RunRequest]:
    """Ask for a run of every account, marked with the Mailchimp user whose connections it takes."""
    for account in accounts():
        yield dg.RunRequest(partition_key=account.name, tags={USER_TAG: account.mailchimp_user})


definitions = dg.Definitions(
    assets=[mailchimp_audience], jobs=[audience_job], schedules=[every_hour], resources={"retries": Retries()}
)
