"""What the text of an error may hold: never a body, a key, a token, or the address of a contact."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_mailchimp.mailchimp.answers import Refusal, Weather
from source_destination_mailchimp.mailchimp.auth import access
from source_destination_mailchimp.mailchimp.bulk import run_job
from source_destination_mailchimp.mailchimp.calls import archive_member, look_for, put_member, read_member
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.errors import (
    MailchimpError,
    Misconfigured,
    Refused,
    Unavailable,
    unusable_credentials,
)
from source_destination_mailchimp.mailchimp.members import member_hash
from source_destination_mailchimp.mailchimp.transport import Reply
from unit_tests.mailchimp.pretend import problem, reply, scripted

ADDRESS = "ann.smith@shop.com"
HASH = member_hash(ADDRESS)
KEY = "0123456789abcdef0123456789abcdef-us6"
TOKEN = "fedcba9876543210fedcba9876543210"
SECRETS = (ADDRESS, HASH, KEY, KEY.partition("-")[0], TOKEN, "hunter2")
PERSONAL = f"{ADDRESS} ({HASH}) by {KEY} or {TOKEN}"

statuses = st.integers(min_value=100, max_value=599)
replies = st.one_of(
    st.builds(lambda status: problem(status, "Invalid Resource", PERSONAL, EMAIL=PERSONAL), statuses),
    st.builds(lambda status: problem(status, PERSONAL, PERSONAL), statuses),
    st.builds(lambda status: reply(status, PERSONAL.encode()), statuses),
    st.builds(lambda status: reply(status, {"email_address": ADDRESS, "message": PERSONAL}), statuses),
    st.just(Weather("ReadTimeout")),
)
ASKS: tuple[Callable[[Client], object], ...] = (
    lambda client: client.send(read_member("aud1", HASH)),
    lambda client: client.send(put_member("aud1", HASH, {"email_address": ADDRESS}, skip_merge_validation=True)),
    lambda client: client.send(look_for(f"/lists/aud1/members/{ADDRESS}")),
    lambda client: client.fetch(f"https://me:hunter2@storage.example.org/{HASH}?signature={TOKEN}"),
    lambda client: client.read_metadata(f"https://login.example.org/oauth2/metadata?token={TOKEN}"),
    lambda client: run_job(client, {HASH: archive_member("aud1", HASH)}),
)


@pytest.mark.parametrize("ask", ASKS)
@given(answer=replies)
def test_no_error_of_the_client_tells_who_or_with_what(
    ask: Callable[[Client], object], answer: Reply | Weather
) -> None:
    """Whatever was asked, and whatever came back, by whomever."""
    client, _ = scripted(answer)
    text = ""
    try:
        ask(client)
    except MailchimpError as error:
        text = str(error)
    assert [secret for secret in SECRETS if secret in text] == []


@given(st.sampled_from((MailchimpError, Misconfigured, Unavailable)), st.text(), st.text())
def test_every_error_of_ours_masks_what_it_is_given(kind: type[MailchimpError], before: str, after: str) -> None:
    """Also where a secret was typed into the wrong box and a sentence repeats what is in the box."""
    text = str(kind(f"{before} {PERSONAL} {after}"))
    assert [secret for secret in SECRETS if secret in text and secret not in before + after] == []


@pytest.mark.parametrize("title", ["User Disabled", "API Key Invalid"])
@pytest.mark.parametrize("detail", [PERSONAL, f"{PERSONAL} datacenter", ""])
def test_refused_credentials_are_not_repeated(title: str, detail: str) -> None:
    """Mailchimp's words may hold the address of the account's owner."""
    text = str(unusable_credentials(Refusal(401, title, detail)))
    assert [secret for secret in SECRETS if secret in text] == []
    assert text.endswith((".", "!"))


@pytest.mark.parametrize("box", ["apikey", "access_token"])
@pytest.mark.parametrize("typed", [f"{TOKEN}-us", f"{KEY} ", f"{KEY}/{KEY}", f"naïve{KEY}", TOKEN])
def test_credentials_are_not_repeated(box: str, typed: str) -> None:
    """Neither a good one nor a bad one."""
    kind = "apikey" if box == "apikey" else "oauth2.0"
    text = ""
    try:
        access({"auth_type": kind, box: typed}, None, lambda url, authorization: {})
    except Misconfigured as error:
        text = str(error)
    assert typed.strip() not in text


def test_a_refusal_keeps_its_words_for_whoever_may_see_them() -> None:
    """The record's owner may read them in the file of rejected records."""
    refused = Refused(Refusal(400, "Invalid Resource", PERSONAL))
    assert refused.sentence() == PERSONAL
    assert ADDRESS not in str(refused)
