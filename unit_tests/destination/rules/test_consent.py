"""Which status may be written for whom: the whole table, and that nothing in it makes anybody more mailable unasked."""

import pytest

from source_destination_mailchimp.destination.model import OptIn, Reason
from source_destination_mailchimp.destination.rules.consent import (
    KEEP,
    Consent,
    Row,
    Rules,
    decide,
    is_more_mailable,
    rows,
)
from source_destination_mailchimp.mailchimp.members import Status

TABLE = list(rows())
OPTED_OUT = (Status.UNSUBSCRIBED, Status.ARCHIVED, Status.CLEANED, Status.OTHER)


def named(row: Row) -> str:
    """A row of the table in a test's name."""
    return f"{row.known} {row.asks.value} {row.resubscribe} newer={row.consent_is_newer} {row.new_member_status}"


def test_the_table_has_every_combination_once() -> None:
    """Eight kinds of people, five answers, three ways back, newer or not, five statuses for new people."""
    assert len(TABLE) == len({row[:5] for row in TABLE}) == 8 * 5 * 3 * 2 * 5


def licensed(row: Row) -> bool:
    """Whether a setting named for it lets this row make somebody more mailable: the contract, not the code."""
    if row.known is None:
        return row.asks in (OptIn.YES, OptIn.NOT_ASKED) and row.consent.write == row.new_member_status
    if row.asks is not OptIn.YES:
        return False
    if row.known is Status.TRANSACTIONAL:
        return row.consent.write == row.new_member_status
    way = {"ask": Status.PENDING, "with_newer_consent": Status.SUBSCRIBED}.get(row.resubscribe)
    return row.known in (Status.UNSUBSCRIBED, Status.ARCHIVED) and row.consent_is_newer and row.consent.write is way


def test_nobody_becomes_more_mailable_without_a_setting_named_for_it() -> None:
    """Every row that writes a more mailable status is one that a setting was made for."""
    more = [row for row in TABLE if row.consent.write and is_more_mailable(row.consent.write, row.known)]
    assert more
    assert [named(row) for row in more if not licensed(row)] == []


@pytest.mark.parametrize("known", [Status.SUBSCRIBED, Status.PENDING, Status.CLEANED, Status.OTHER])
def test_for_these_people_nothing_but_an_opt_out_is_ever_written(known: Status) -> None:
    """Nobody pending is confirmed by us, nobody cleaned comes back, and nobody subscribed is asked again."""
    written: set[Status | None] = {row.consent.write for row in TABLE if row.known is known}
    opt_out: set[Status | None] = set() if known in (Status.CLEANED, Status.OTHER) else {Status.UNSUBSCRIBED}
    assert written == {None} | opt_out


def test_only_a_no_unsubscribes() -> None:
    """Somebody who is there is unsubscribed by a clear no alone, and only if mail could reach them."""
    for row in TABLE:
        unsubscribes = row.consent.write is Status.UNSUBSCRIBED and row.known is not None
        assert unsubscribes == (row.asks is OptIn.NO and row.known in (Status.SUBSCRIBED, Status.PENDING)), named(row)


@pytest.mark.parametrize("asks", [OptIn.NOT_ASKED, OptIn.UNCHECKED, OptIn.MISSING])
def test_who_asks_nothing_changes_nobody(asks: OptIn) -> None:
    """Without an answer no status of anybody who is there is written."""
    assert {row.consent.write for row in TABLE if row.known is not None and row.asks is asks} == {None}


def test_without_an_answer_in_the_column_nobody_is_added() -> None:
    """Where the stream has an opt-in column, only a yes adds somebody."""
    found = {
        (row.asks, row.consent.skipped) for row in TABLE if row.known is None and row.new_member_status == "pending"
    }
    assert found == {
        (OptIn.NOT_ASKED, None),
        (OptIn.YES, None),
        (OptIn.NO, Reason.NOT_OPTED_IN),
        (OptIn.UNCHECKED, Reason.NOT_OPTED_IN),
        (OptIn.MISSING, Reason.OPT_IN_MISSING),
    }


def test_only_archived_people_lose_their_data() -> None:
    """Data of everybody who is there is written, except of archived people who stay archived."""
    for row in TABLE:
        is_kept_out = row.known is Status.ARCHIVED and row.consent.write is None
        assert row.consent.data is not is_kept_out, named(row)


def test_a_yes_that_is_not_followed_is_held() -> None:
    """Whoever opted out and is not brought back by a yes is held, with the reason; nobody else is."""
    for row in TABLE:
        is_asked_back = row.known in OPTED_OUT and row.asks is OptIn.YES and row.consent.write is None
        is_archived = row.known is Status.ARCHIVED and row.consent.write is None
        assert (row.consent.held is not None) is (is_asked_back or is_archived), named(row)


@pytest.mark.parametrize(
    ("known", "asks", "rules", "newer", "consent"),
    [
        (None, OptIn.NOT_ASKED, Rules("do_not_add", "never"), False, Consent(skipped=Reason.NOT_ADDED_BY_CHOICE)),
        (None, OptIn.YES, Rules("transactional", "ask"), True, Consent(write=Status.TRANSACTIONAL)),
        (Status.TRANSACTIONAL, OptIn.YES, Rules("unsubscribed", "ask"), True, KEEP),
        (Status.TRANSACTIONAL, OptIn.YES, Rules("pending", "never"), False, Consent(write=Status.PENDING)),
        (Status.TRANSACTIONAL, OptIn.NO, Rules("subscribed", "never"), False, KEEP),
        (Status.UNSUBSCRIBED, OptIn.YES, Rules("subscribed", "never"), True, Consent(held=Reason.OPTED_OUT)),
        (Status.UNSUBSCRIBED, OptIn.YES, Rules("subscribed", "ask"), False, Consent(held=Reason.CONSENT_NOT_NEWER)),
        (Status.ARCHIVED, OptIn.YES, Rules("subscribed", "ask"), True, Consent(write=Status.PENDING)),
        (Status.ARCHIVED, OptIn.NOT_ASKED, Rules("subscribed", "ask"), True, Consent(held=Reason.ARCHIVED, data=False)),
        (Status.CLEANED, OptIn.YES, Rules("subscribed", "with_newer_consent"), True, Consent(held=Reason.CLEANED)),
        (Status.OTHER, OptIn.YES, Rules("subscribed", "with_newer_consent"), True, Consent(held=Reason.OPTED_OUT)),
        (Status.OTHER, OptIn.NO, Rules("subscribed", "with_newer_consent"), True, KEEP),
        (Status.CLEANED, OptIn.NO, Rules("subscribed", "with_newer_consent"), True, KEEP),
    ],
)
def test_some_rows(known: Status | None, asks: OptIn, rules: Rules, newer: bool, consent: Consent) -> None:
    """Rows that people ask about."""
    assert decide(known, asks, rules, consent_is_newer=newer) == consent
