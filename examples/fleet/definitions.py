"""Dagster: one partition per Mailchimp account, each with its own state, hourly, and retried where that can help.

FLEET=/srv/fleet DAGSTER_HOME=/srv/fleet/dagster dagster dev -m examples.fleet.definitions
"""

from collections.abc import Iterator

import dagster as dg

from examples.fleet.accounts import MailchimpAccount, accounts
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


PARTITIONS = known_accounts()


@dg.asset(partitions_def=PARTITIONS, group_name="mailchimp")
def mailchimp_audience(
    context: dg.AssetExecutionContext, retries: Retries
) -> Iterator[dg.AssetObservation | dg.MaterializeResult]:
    """Sync one account's contacts into its Mailchimp audience."""
    ended = sync(_account(context.partition_key), context.log.info)
    if ended.failure is not None:
        # A try that failed makes no materialization; an observation shows what it did and where its page is.
        yield dg.AssetObservation(context.asset_key, partition=context.partition_key, metadata=_shown(ended))
        raise _failure(*ended.failure, retries)
    yield dg.MaterializeResult(metadata=_shown(ended))


def _account(name: str) -> MailchimpAccount:
    (account,) = (account for account in accounts() if account.name == name)
    return account


def _failure(kind: str, sentence: str, retries: Retries) -> Exception:
    """Return what tells Dagster to try again: only for what may pass by itself."""
    if kind == "transient_error":
        return dg.RetryRequested(retries.tries_after_the_first, retries.seconds_between_tries)
    return dg.Failure(sentence, metadata={"failure type": kind}, allow_retries=False)


def _shown(ended: Ended) -> dict[str, dg.MetadataValue]:
    """Return what Dagster shows of a sync: the end of its log, and where its page is if the account has a store."""
    shown: dict[str, dg.MetadataValue] = {"log": dg.MetadataValue.md("\n\n".join(ended.log[-LOG_LINES_SHOWN:]))}
    if ended.report:
        is_file = ended.report.startswith("/")
        shown["report"] = dg.MetadataValue.path(ended.report) if is_file else dg.MetadataValue.url(ended.report)
    return shown


def _tags(name: str) -> dict[str, str]:
    """Return the mark of the Mailchimp user whose connections a sync of this account takes."""
    return {USER_TAG: _account(name).mailchimp_user}


# The marks belong to the job's partitions, so that runs started by hand and backfills take turns like scheduled ones.
audience_job = dg.define_asset_job(
    "mailchimp_audiences",
    [mailchimp_audience],
    config=dg.PartitionedConfig(
        partitions_def=PARTITIONS, run_config_for_partition_key_fn=lambda name: {}, tags_for_partition_key_fn=_tags
    ),
)


@dg.schedule(job=audience_job, cron_schedule="15 * * * *")
def every_hour() -> Iterator[dg.RunRequest]:
    """Ask for a run of every account."""
    for account in accounts():
        yield dg.RunRequest(partition_key=account.name, tags=_tags(account.name))


definitions = dg.Definitions(
    assets=[mailchimp_audience], jobs=[audience_job], schedules=[every_hour], resources={"retries": Retries()}
)
