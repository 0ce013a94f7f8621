"""A CRM in DuckDB and an audience, in step after one round, whatever happened on either side."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from source_destination_mailchimp.sandbox.http.server import Sandbox, running_sandbox
from unit_tests.destination.field_entries import to

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
PYAIRBYTE = ROOT / ".venv-airbyte" / "bin" / "python"
CONFIGURATION = ROOT / "examples" / "configurations" / "crm-opt-in-both-ways.json"
pytestmark = [
    pytest.mark.skipif(not PYAIRBYTE.exists(), reason="`make setup-airbyte` installs PyAirbyte and DuckDB"),
    pytest.mark.timeout(900),  # PyAirbyte takes its time to start, and starts once a round
]

CONTACTS = """
    create table contacts (contact_id text, email text, first_name text, newsletter boolean,
                           newsletter_changed_at timestamp);
    insert into contacts values
        ('1', 'ann@postbox.org', 'Ann', true, '2026-01-01'), ('2', 'bob@postbox.org', 'Bob', true, '2026-01-01'),
        ('3', 'cyd@postbox.org', 'Cyd', true, '2026-01-01'), ('4', 'dee@postbox.org', 'Dee', false, '2026-01-01'),
        ('5', 'eve@postbox.org', 'Eve', true, '2026-01-01');
"""
LISTED = "import duckdb, json, sys; print(json.dumps(duckdb.connect(sys.argv[1]).execute(sys.argv[2]).fetchall()))"


class Company:
    """A CRM and an audience, and the rounds between them."""

    def __init__(self, mailchimp: Sandbox, folder: Path, conflict: str) -> None:
        self.mailchimp = mailchimp
        self._database = folder / "crm.duckdb"
        self._config = folder / "config.json"
        mailchimp.control.reset()
        # The source takes the time from this machine: what happens in Mailchimp must not lie ahead of it.
        mailchimp.control.clock(advance_seconds=-3600)
        fields = [{"tag": "CRMID", "name": "CRM ID", "type": "text"}]
        there = [{"email_address": "gus@postbox.org", "status": "subscribed", "merge_fields": {"FNAME": "Gus"}}]
        self.audience: str = mailchimp.control.seed(name="Customers", merge_fields=fields, members=there)["audience"]
        config = json.loads(CONFIGURATION.read_text(encoding="utf-8"))
        config["credentials"]["apikey"] = mailchimp.api_key
        fields = [to("first_name", "FNAME", "if_empty" if conflict == "per field" else "")]
        entry: dict[str, Any] = {"stream": "contacts", "external_id": "contact_id -> CRMID", "fields": fields}
        entry |= {"opt_in_field": "newsletter", "consent_time_field": "newsletter_changed_at"}
        config |= {"conflict": conflict.replace("per field", "source_wins"), "streams": [entry]}
        self._config.write_text(json.dumps(config), encoding="utf-8")
        self._ask(CONTACTS)

    def round(self) -> str:
        """One round; what it said."""
        self.mailchimp.control.clock(advance_seconds=5)
        self.mailchimp.control.forget_requests()
        environment = {**os.environ, "MAILCHIMP_API_BASE_URL": self.mailchimp.api_url, "DO_NOT_TRACK": "1"}
        environment |= {"AIRBYTE_OFFLINE_MODE": "1", "NO_COLOR": "1", "PYTHONPATH": str(ROOT)}
        environment |= {
            name.upper().replace("-", "_"): str(BIN / name) for name in ("source-mailchimp", "destination-mailchimp")
        }
        command = [str(PYAIRBYTE), "-m", "examples.two_way", str(self._database), str(self._config)]
        done = subprocess.run(
            command, env=environment, cwd=self._database.parent, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def contacts(self) -> dict[str, list[Any]]:
        """The CRM: address → first name and newsletter box."""
        query = "select email, first_name, newsletter from contacts order by contact_id"
        return {email: rest for email, *rest in self._ask(query)}

    def people(self) -> dict[str, tuple[str, str]]:
        """The audience: address → first name and status."""
        audience = self.mailchimp.store.audiences[self.audience]
        (tag,) = (field.merge_id for field in audience.merge_fields.values() if field.tag == "FNAME")
        members = audience.by_digest.values()
        return {member.email_address: (str(member.merge_values.get(tag, "")), member.status) for member in members}

    def act(self, email: str, action: str, **details: Any) -> None:
        """Let a person do something."""
        self.mailchimp.control.people(email, self.audience, action, **details)

    def writes(self) -> list[str]:
        """Calls of the last round that were no reads."""
        return [
            f"{call['method']} {call['path']}" for call in self.mailchimp.control.requests() if call["method"] != "GET"
        ]

    def _ask(self, query: str) -> list[Any]:
        command = [str(PYAIRBYTE), "-c", LISTED, str(self._database), query]
        found: list[Any] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        return found


@pytest.fixture(scope="module")
def mailchimp() -> Iterator[Sandbox]:
    """A sandbox for both policies."""
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.mark.parametrize(
    ("conflict", "name", "rests"),
    [("mailchimp_wins", "Cydney", 2), ("source_wins", "Cyd", 1), ("per field", "Cydney", 2)],
)
def test_both_sides_rest_after_one_round(
    mailchimp: Sandbox, tmp_path: Path, conflict: str, name: str, rests: int
) -> None:
    """People leave, edit, move and join; one round later both sides agree, and the next changes nothing anywhere.

    What we wrote ourselves comes back once; the round after that reads nothing.
    """
    company = Company(mailchimp, tmp_path, conflict)
    company.round()
    assert {email: status for email, (_, status) in company.people().items()} == {
        f"{who}@postbox.org": "subscribed" for who in ("ann", "bob", "cyd", "eve", "gus")
    }
    company.mailchimp.control.clock(advance_seconds=60)
    company.act("bob@postbox.org", "unsubscribe")
    company.act("eve@postbox.org", "change_email", to="eva@postbox.org")
    company.act("fay@postbox.org", "subscribe")
    edited = {
        "email_address": "cyd@postbox.org",
        "status": "subscribed",
        "merge_fields": {"FNAME": "Cydney", "CRMID": "3"},
    }
    company.mailchimp.control.seed(company.audience, members=[edited])

    company.round()
    assert company.contacts() == {
        "ann@postbox.org": ["Ann", True],
        "bob@postbox.org": ["Bob", False],
        "cyd@postbox.org": [name, True],
        "dee@postbox.org": ["Dee", False],
        "eva@postbox.org": ["Eve", True],
        "fay@postbox.org": [None, True],
        "gus@postbox.org": ["Gus", True],
    }
    people = company.people()
    assert people["bob@postbox.org"] == ("Bob", "unsubscribed")
    assert people["cyd@postbox.org"] == (name, "subscribed")
    assert set(people) == {f"{who}@postbox.org" for who in ("ann", "bob", "cyd", "eva", "fay", "gus")}

    before = company.contacts(), company.people()
    came = []
    for _ in range(rests):
        said = company.round()
        assert company.writes() == []
        assert (company.contacts(), company.people()) == before
        came += re.findall(r"(?m)^(\d+) rows from Mailchimp", said)
    # Only those of the last minute before the newest change come again, as `lookback_seconds` asks by default.
    assert len(came) == rests
    assert int(came[-1]) <= int(came[0])


def test_a_no_between_extraction_and_add_stays_a_no(mailchimp: Sandbox, tmp_path: Path) -> None:
    """The contact was added with the yes of the extraction, later than the no: the call's time is no answer's.

    The no stays in the CRM, and the next round unsubscribes the contact.
    """
    company = Company(mailchimp, tmp_path, "source_wins")
    company.round()
    assert company.people()["ann@postbox.org"][1] == "subscribed"
    # Ann said no while the round was under way: after her record was read, and before the call that added her.
    company._ask(
        "update contacts set newsletter = false, newsletter_changed_at = newsletter_changed_at + interval 1 second "
        "where email = 'ann@postbox.org' returning email"
    )
    company.round()
    assert company.contacts()["ann@postbox.org"][1] is False
    assert company.people()["ann@postbox.org"][1] == "unsubscribed"
