"""Columns whose name says that they hold a consent: what happens where no setting reads them."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from source_destination_mailchimp.destination.form.settings import StreamSettings
from source_destination_mailchimp.destination.mapping.columns import Record
from source_destination_mailchimp.destination.mapping.consent_and_deletion import opt_in_answer, opt_out_answer
from source_destination_mailchimp.destination.mapping.names import normal_name, quoted_names
from source_destination_mailchimp.destination.model import OptIn, StreamId
from source_destination_mailchimp.mailchimp.errors import Misconfigured

SAYS_NO: Final = frozenset(
    {
        *("unsubscribed", "unsubscribedat", "unsubscribedate", "unsubscribeddate", "unsubtime", "isunsubscribed"),
        *("emailunsubscribed", "globalunsubscribe", "optedout", "optedoutat", "hasoptedout", "hasoptedoutofemail"),
        *("emailoptedout", "optout", "isoptout", "emailoptout", "hsemailoptout", "donotemail", "donotbulkemail"),
        *("emailblacklisted", "emaildisabled", "cleantime"),
    }
)
"""Whole names, without case and separators, of columns whose yes or time means no: of HubSpot, Salesforce, Brevo,
Dynamics, Substack, beehiiv, Odoo, and of Mailchimp's own export."""

SAYS_YES: Final = frozenset(
    {
        *("acceptsmarketing", "acceptsemailmarketing", "marketingoptin", "emailoptin"),
        *("emailmarketingconsent", "marketingconsent", "subscribedtoemails", "newsletteroptin"),
    }
)
"""The same of columns whose yes means yes: of Shopify, Ghost, WooCommerce and others."""

DOUBTFUL: Final = frozenset(
    {
        *("status", "consent", "newsletter", "subscribed", "subscription", "subscriptionstatus", "emailstatus"),
        *("blacklisted", "isblacklisted", "donotcontact", "permission", "gdpr", "optintime", "confirmtime"),
        *("optin", "optedin", "isoptin"),
    }
)
"""Names that may mean a consent, and often mean something else."""


def check_opt_in_name(setting: str, entry: StreamSettings) -> None:
    """Raise `Misconfigured` where the column of `opt_in_field` says no by its name: its yes would subscribe."""
    if entry.opt_in_field is not None and normal_name(entry.opt_in_field) in SAYS_NO:
        raise Misconfigured(
            f'{setting}: a yes in "{entry.opt_in_field}" means that the contact opted out, '
            "so the contacts who opted out would be subscribed. Name the column in opt_out_field instead."
        )


class UnreadConsent:
    """Columns of a stream that look like consent and that no setting reads."""

    def __init__(self, columns: Iterable[str], entry: StreamSettings) -> None:
        read = _read(entry)
        unread = [name for name in columns if name not in read]
        self.certain = [name for name in unread if normal_name(name) in SAYS_NO | SAYS_YES]
        """Those whose name leaves no doubt."""

        self.doubtful = [name for name in unread if normal_name(name) in DOUBTFUL]
        self._said_no: Counter[str] = Counter()
        self._records = 0

    def check(self, stream: StreamId, *, stops: bool) -> Iterator[str]:
        """Yield warnings; raises `Misconfigured` where the run stops for a column that leaves no doubt."""
        ways_out = (
            "Name it in opt_out_field if its yes means no, in opt_in_field if its yes means yes, or in ignore_fields "
            "if it says nothing about emails."
        )
        if self.certain:
            sentence = (
                f"Stream {stream}: {quoted_names(self.certain)} looks like consent, but no "
                f"setting uses it, so contacts who opted out would be treated like all others. {ways_out}"
            )
            if stops:
                raise Misconfigured(sentence)
            yield sentence
        if self.doubtful:
            yield (
                f"Stream {stream}: {quoted_names(self.doubtful)} may say whether contacts can be "
                f"emailed, but no setting uses it. {ways_out}"
            )

    def count(self, record: Record, now: float) -> None:
        """Take in what one record says in these columns."""
        self._records += 1
        for name in (*self.certain, *self.doubtful):
            if name in record and _says_no(name, record, now):
                self._said_no[name] += 1

    def sentences(self, stream: StreamId) -> Iterator[str]:
        """Yield how many records said no, column by column."""
        for name in (*self.certain, *self.doubtful):
            yield (
                f"Stream {stream}: {self._said_no[name]:,} of {self._records:,} records say no in "
                f'"{name}", which no setting uses.'
            )


def _says_no(name: str, record: Record, now: float) -> bool:
    if normal_name(name) in SAYS_NO | {"blacklisted", "isblacklisted", "donotcontact"}:
        answer, _ = opt_out_answer(record[name], name, now)
        return answer is OptIn.NO
    return opt_in_answer(record[name]) is OptIn.NO


def _read(entry: StreamSettings) -> set[str | None]:
    """Return the columns that settings name, also those that are never to be sent."""
    names: set[str | None] = {entry.opt_in_field, entry.opt_out_field, entry.consent_time_field, entry.deleted_field}
    names.update(entry.ignore_fields)
    for mapping in entry.mappings:
        names.add(mapping.column)
    return names
