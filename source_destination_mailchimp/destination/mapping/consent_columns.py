"""Columns whose name says that they hold a consent: what happens where no setting reads them."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from source_destination_mailchimp.destination.mapping.columns import Path, Record
from source_destination_mailchimp.destination.mapping.consent_and_deletion import opt_in_answer, opt_out_answer
from source_destination_mailchimp.destination.mapping.names import quoted_names
from source_destination_mailchimp.destination.model import OptIn, StreamId
from source_destination_mailchimp.mailchimp.errors import Misconfigured

SAYS_NO: Final = frozenset(
    {
        *("unsubscribed", "unsubscribedate", "unsubtime", "isunsubscribed", "emailunsubscribed", "globalunsubscribe"),
        *("unsubscribedfromemails", "optedout", "isoptedout", "hasoptedout", "hasoptedoutofemail", "optedoutofemail"),
        *("emailoptedout", "optout", "isoptout", "emailoptout", "hsemailoptout", "marketingoptout", "donotemail"),
        *("isdonotemail", "donotbulkemail", "emailblacklisted", "emaildisabled", "cleantime"),
    }
)
"""Whole names, without case and separators, of columns whose yes or time means no: of HubSpot, Salesforce, Pardot,
Brevo, Dynamics, Intercom, Substack, beehiiv, Odoo, and of Mailchimp's own export."""

SAYS_YES: Final = frozenset(
    {
        *("acceptsmarketing", "acceptsemailmarketing", "marketingoptin", "emailoptin"),
        *("emailmarketingconsent", "marketingconsent", "subscribedtoemails", "newsletteroptin"),
    }
)
"""The same of columns whose yes means yes: of Shopify, Ghost, WooCommerce and others."""

_BARE_YES: Final = frozenset({"optin", "optedin", "isoptin"})
"""Names whose yes means yes, but not to what: source-mailchimp's `opted_in` is one of another audience."""

DOUBTFUL: Final = frozenset(
    {
        *_BARE_YES,
        *("status", "consent", "newsletter", "subscribed", "subscription", "subscriptionstatus", "emailstatus"),
        *("blacklisted", "isblacklisted", "donotcontact", "permission", "gdpr", "optintime", "confirmtime"),
    }
)
"""Names that may mean a consent, and often mean something else."""

_OF_ONE_TYPE: Final = "hsemailoptout"
"""How HubSpot's columns begin that say no to one type of emails, with its number behind. [observed]"""

_DOUBTFUL_NO: Final = frozenset({"blacklisted", "isblacklisted", "donotcontact", _OF_ONE_TYPE})
"""Those of them whose yes would mean no."""

_WHEN: Final = ("at", "on", "date", "time")
"""How names end that say when: a time in `unsubscribed_at` means what a yes in `unsubscribed` means."""

_NESTED: Final = "properties"
"""How the flattened columns of Airbyte's HubSpot stream begin: `properties_hs_email_optout`. [observed]"""

_CUSTOM: Final = "__c"
"""How Salesforce ends the name of a field that a user added. [documented]"""


_WAYS_OUT: Final = (
    "Name it in opt_out_field if its yes means no, in opt_in_field if its yes means yes, or in ignore_fields "
    "if it says nothing about emails."
)


def says_no(column: str) -> bool:
    """Return whether the name of a column leaves no doubt that its yes, or its time, means no."""
    name = _plain(column)
    without_time = (name.removesuffix(ending) for ending in _WHEN)
    return name in SAYS_NO or any(other in SAYS_NO for other in without_time)


def says_yes(column: str) -> bool:
    """Return whether the name of a column leaves no doubt that its yes means yes."""
    return _plain(column) in SAYS_YES | _BARE_YES


def _is_certain(column: str) -> bool:
    """Return whether a name leaves no doubt, neither about yes and no nor about whose emails are meant."""
    return says_no(column) or _plain(column) in SAYS_YES


def _is_doubtful(column: str) -> bool:
    """Return whether a name may mean a consent: what it means is for the user to say."""
    name = _plain(column)
    return name in DOUBTFUL or _without_number(name) in _DOUBTFUL_NO


def _without_number(name: str) -> str:
    return name.rstrip("0123456789")


def _plain(column: str) -> str:
    """Return the letters and digits of a name in one case, without what a tool puts around its own names."""
    name = column.strip().lower().removesuffix(_CUSTOM)
    letters = "".join(filter(str.isalnum, name))
    return letters.removeprefix(_NESTED)


def check_opt_in_and_out(setting: Callable[[str], str], opt_in: Path | None, opt_out: Path | None) -> None:
    """Raise `Misconfigured` where a yes would be read as its opposite: contacts who opted out would be subscribed.

    `setting`: what a setting of the stream is called in a sentence.
    """
    if opt_in is not None and opt_out is not None and opt_in.segments == opt_out.segments:
        raise Misconfigured(
            f"{setting('opt_out_field')} names the same column as opt_in_field, but a yes cannot mean both. "
            "Keep the one that fits the meaning of the column."
        )
    if opt_in is not None and says_no(opt_in.segments[-1]):
        raise Misconfigured(
            f'{setting("opt_in_field")}: a yes in "{opt_in.segments[-1]}" means that the contact opted out, '
            "so the contacts who opted out would be subscribed. Name the column in opt_out_field instead."
        )
    if opt_out is not None and says_yes(opt_out.segments[-1]):
        raise Misconfigured(
            f'{setting("opt_out_field")}: a yes in "{opt_out.segments[-1]}" means that the contact opted in, '
            "so the contacts who opted out would be treated like all others. Name the column in opt_in_field instead."
        )


class UnreadConsent:
    """Columns of a stream that look like consent and that no setting reads."""

    def __init__(self, columns: Iterable[str], read: Iterable[Path]) -> None:
        """`read`: what settings name, also columns that are never to be sent."""
        named = {path.root for path in read}
        self.certain: list[str] = []
        """Those whose name leaves no doubt."""

        self.doubtful: list[str] = []
        for name in columns:
            if name in named:
                continue
            if _is_certain(name):
                self.certain.append(name)
            elif _is_doubtful(name):
                self.doubtful.append(name)
        self._said_no: Counter[str] = Counter()
        self._records = 0

    def check(self, stream: StreamId, *, stops: bool) -> Iterator[str]:
        """Yield warnings; raises `Misconfigured` where the run stops for a column that leaves no doubt."""
        if self.certain:
            if stops:
                raise Misconfigured(self.complaint(stream))
            yield self.complaint(stream)
        if self.doubtful:
            yield (
                f"Stream {stream}: {quoted_names(self.doubtful)} may say whether contacts can be "
                f"emailed, but no setting uses it. {_WAYS_OUT}"
            )

    def complaint(self, stream: StreamId) -> str:
        """Return what is wrong with the columns whose name leaves no doubt."""
        return (
            f"Stream {stream}: {quoted_names(self.certain)} looks like consent, but no "
            f"setting uses it, so contacts who opted out would be treated like all others. {_WAYS_OUT}"
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
    if says_no(name) or _without_number(_plain(name)) in _DOUBTFUL_NO:
        answer, _ = opt_out_answer(record[name], name, now)
        return answer is OptIn.NO
    return opt_in_answer(record[name]) is OptIn.NO
