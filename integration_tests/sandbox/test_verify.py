"""verify, run against the sandbox: it names every position, leaves the audience as it was, and touches nobody else."""

import json
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from integration_tests.sandbox.conftest import Api
from integration_tests.sandbox.test_command import started, url_in
from source_destination_mailchimp.sandbox.control.switches import BY_NAME
from source_destination_mailchimp.sandbox.http.server import Sandbox
from source_destination_mailchimp.sandbox.verify import command
from source_destination_mailchimp.sandbox.verify.questions import QUESTIONS

COMMAND = [sys.executable, "-m", "source_destination_mailchimp.sandbox.__main__", "verify"]
MAILBOX = "ann+*@verify-mailbox.org"
EMAILS = [{"subject_line": "Hello", "delay_type": "now"}]
JOINS = {"email_address": "cem@grouparoo.com", "status": "subscribed"}
EVERYTHING = ["--allow-mail", "--allow-permanent-deletion"]
POSITIONS = [(question.id, value) for question in QUESTIONS for value in question.positions if question.id in BY_NAME]


@dataclass
class Account:
    """A sandbox with an audience that has everything which some question needs, and 60 contacts of others."""

    sandbox: Sandbox
    api: Api
    audience: str

    def run(self, *arguments: str) -> int:
        """Run verify in this process; its waiting moves the sandbox's clock."""
        given = ["--key", self.sandbox.api_key, "--audience", self.audience, "--mailbox", MAILBOX, *arguments]
        return command.main(given, pause=self._pause)

    def _pause(self, seconds: float) -> None:
        self.sandbox.control.clock(advance_seconds=int(seconds))

    def grow(self) -> None:
        """Let the audience have more contacts than one page shows."""
        self.sandbox.control.seed(self.audience, members=1000)

    def contents(self) -> dict[str, Any]:
        """Everything in the audience as the API shows it, without verify's own archived contacts."""
        rows = [row for status in ("", "archived") for row in self._all("members", "members", status=status)]
        others = [row for row in rows if not (row["status"] == "archived" and "mcverify" in row["email_address"])]
        return {
            "members": others,
            "segments": self._all("segments", "segments"),
            "merge_fields": self._all("merge-fields", "merge_fields"),
            "categories": self._all("interest-categories", "categories"),
        }

    def _all(self, path: str, collection: str, **query: str) -> list[dict[str, Any]]:
        """Every row of a collection, not held against the description: that would take a second each time."""
        rows: list[dict[str, Any]] = []
        wanted = {name: value for name, value in query.items() if value}
        while True:
            page = {"count": "1000", "offset": str(len(rows)), **wanted}
            answer = self.api.session.get(self.api.url(f"/lists/{self.audience}/{path}"), params=page, timeout=30)
            found = answer.json()[collection]
            rows += found
            if len(found) < 1000:
                return rows


@pytest.fixture
def account(sandbox: Sandbox, api: Api, monkeypatch: pytest.MonkeyPatch) -> Account:
    """The account, and MAILCHIMP_API_BASE_URL pointing at it."""
    monkeypatch.setenv("MAILCHIMP_API_BASE_URL", sandbox.api_url)
    audience = sandbox.control.seed(
        name="Readers",
        members=60,
        merge_fields=[{"tag": "CRMID", "name": "CRM ID", "type": "text", "required": True}],
        marketing_permissions=["Email"],
        segments=[{"name": "VIP"}],
    )["audience"]
    sandbox.control.campaign(audience)
    sandbox.control.seed(automations=[{"audience": audience, "title": "Hello", "emails": EMAILS}])
    api.post(f"/lists/{audience}/members?skip_merge_validation=true", JOINS)  # gets the first email of the automation
    return Account(sandbox, api, audience)


@pytest.mark.parametrize(("question", "position"), POSITIONS)
def test_names_every_position(
    account: Account, question: str, position: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Under every position of every switch that can be asked, verify names that position (promise)."""
    if question == "count_over_max":
        account.grow()
    before = account.contents()
    account.sandbox.control.switch(**{question: position})
    saved = tmp_path / "switches.json"
    status = account.run("--only", question, *EVERYTHING, "--save", str(saved))
    printed = capsys.readouterr()
    assert json.loads(saved.read_text()) == {question: position}, printed.out
    assert status == (0 if position == BY_NAME[question].default else 1), printed.err
    account.sandbox.control.switch(**{question: BY_NAME[question].default})
    assert account.contents() == before


def test_sends_no_mail_unasked(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    """Without --allow-mail nothing is mailed, also where the account turns every sign-up into a question (promise)."""
    account.sandbox.control.switch(forced_double_optin="yes", pending_again="mails_when_changed")
    before = account.contents()
    account.run()
    assert "forced_double_optin: not allowed" in capsys.readouterr().out
    assert account.sandbox.control.mail() == []
    assert account.contents() == before


def test_agrees_with_a_sandbox_at_its_defaults(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    """With everything allowed every question is answered as assumed, and nothing of a contact is left (promise)."""
    reader = "f" * 32 + "-us1"
    account.grow()
    before = account.contents()
    assert account.run(*EVERYTHING, "--allow-second-key", reader) in {0, 1}
    printed = capsys.readouterr().out
    for question in QUESTIONS:
        if not question.needs & {"second-key"}:
            assert f"{question.id}: agrees" in printed
    assert account.contents() == before
    archived = account.api.get(f"/lists/{account.audience}/members", status="archived")
    assert [row for row in archived["members"] if "mcverify" in row["email_address"]] == []


def test_killed_in_the_middle(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    """After a kill -9 in the middle, --clean removes what was left, and touches nobody else (promise)."""
    before = account.contents()
    account.sandbox.control.hold_batches()  # the question about their order waits for ever
    given = ["--key", account.sandbox.api_key, "--audience", account.audience, "--mailbox", MAILBOX]
    arguments = [*COMMAND, *given, "--only", "tag_names", "--only", "interest_names", "--only", "date_with_time"]
    with subprocess.Popen([*arguments, "--only", "batch_order"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        while not process.stdout.readline().startswith("date_with_time"):
            assert process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=20)
    assert account.contents() != before
    assert account.run("--clean") == 0
    assert "Cleaned up" in capsys.readouterr().out
    assert account.contents() == before


def test_terminated_in_the_middle(account: Account) -> None:
    """A SIGTERM ends verify with status 2, after it has cleaned up (promise)."""
    before = account.contents()
    account.sandbox.control.hold_batches()
    given = ["--key", account.sandbox.api_key, "--audience", account.audience, "--mailbox", MAILBOX]
    arguments = [*COMMAND, *given, "--only", "tag_names", "--only", "batch_order"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        while not process.stdout.readline().startswith("tag_names"):
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 2
    assert account.contents() == before


def test_keeps_to_its_budget(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    """--max-calls ends the asking, not the cleaning (promise)."""
    before = account.contents()
    account.run("--max-calls", "12")
    printed = capsys.readouterr().out
    assert "The budget of 12 calls is spent (--max-calls)." in printed
    assert "batch_status_if_new: agrees" in printed
    assert account.contents() == before


def test_a_dry_run_calls_nothing(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    """--dry-run lists the calls of every question that is allowed, and makes none (promise)."""
    account.sandbox.control.forget_requests()
    assert account.run("--dry-run") == 0
    printed = capsys.readouterr().out
    assert account.sandbox.control.requests() == []
    assert "refusal_wording (only with --allow-permanent-deletion)" in printed
    assert "delete-permanent\n  " not in printed
    for question in QUESTIONS:
        for step in question.steps if not question.needs else ():
            assert f"  {step.method} {step.path}" in printed


def test_the_report_names_nobody(account: Account, tmp_path: Path) -> None:
    """A report holds what was asked, sent and answered, but no key, no address and no audience (promise)."""
    path = tmp_path / "report.json"
    account.run("--report", str(path), *EVERYTHING)
    text = path.read_text()
    rows = {row["id"]: row for row in json.loads(text)["questions"]}
    assert rows.keys() == {question.id for question in QUESTIONS}
    assert [call["status"] for call in rows["duplicate_tag_name"]["calls"]] == [200, 200]
    assert rows["segment_refusal_wording"]["calls"][-1]["answer"]["status"] == 400
    key = account.sandbox.api_key
    for secret in (key, key[:32], account.audience, "verify-mailbox", "sandbox-people", "Readers", "CRMID", 'VIP"'):
        assert secret not in text
    assert "@" not in text


@pytest.mark.parametrize("role", ["author", "viewer"])
def test_a_role_that_cannot_write(account: Account, role: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A key whose role cannot change an audience ends verify in words, before anything is written (promise)."""
    account.sandbox.control.seed(account={"role": role})
    before = account.contents()
    assert account.run() == 2
    assert f"has the role {role}, which cannot change an audience" in capsys.readouterr().err
    assert account.contents() == before


def test_what_the_plan_does_not_allow(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    """A call that plan or role forbid leaves its question without an answer; the others are asked (promise)."""
    account.sandbox.control.fault("403_bare", method="POST", path="/3.0/lists/*/merge-fields", times=1)
    assert account.run("--only", "date_with_time", "--only", "tag_names") == 0
    printed = capsys.readouterr().out
    assert "date_with_time: not answered" in printed
    assert "The key's role or the account's plan does not allow the call." in printed
    assert "tag_names: agrees" in printed


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--mailbox", "ann@verify-mailbox.org"], "you+*@yourdomain.com"),
        (["--key", "abc"], "32 hexadecimal digits"),
        (["--audience", "0000000000"], "cannot be read: HTTP 404"),
        (["--only", "role_addresses"], "cannot be asked: It takes addresses other than"),
        (["--only", "nonsense"], "no such question"),
    ],
)
def test_what_it_cannot_run(
    account: Account, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Wrong arguments end it with status 2 and a sentence, before anything is written (promise)."""
    before = account.contents()
    assert account.run(*arguments) == 2
    assert words in capsys.readouterr().err
    assert account.contents() == before


def test_the_key_stays_at_home(
    account: Account, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """MAILCHIMP_API_BASE_URL is taken for this machine only: the key is sent nowhere else (promise)."""
    monkeypatch.setenv("MAILCHIMP_API_BASE_URL", "https://elsewhere.example.org/3.0")
    assert account.run() == 2
    assert "is only taken for this machine" in capsys.readouterr().err


def test_saved_switches_start_a_sandbox_like_it(account: Account, tmp_path: Path) -> None:
    """What --save wrote is taken by mailchimp-sandbox --switches (promise)."""
    account.sandbox.control.switch(since_edge="inclusive", tag_date_added="plain")
    path = tmp_path / "switches.json"
    assert account.run("--save", str(path), "--only", "since_edge", "--only", "tag_date_added") == 1
    with started("--switches", str(path)) as (_, banner):
        root = url_in(banner).removesuffix("/3.0")
        switches = requests.get(f"{root}/_sandbox/switches", timeout=30).json()
    assert (switches["since_edge"], switches["tag_date_added"]) == ("inclusive", "plain")


def test_says_how_to_get_the_extra(tmp_path: Path) -> None:
    """Without its extra, mailchimp-sandbox says how to get it; verify runs all the same (promise)."""
    hide = "import sys; sys.modules.update(dict.fromkeys(('uvicorn', 'starlette', 'uvloop', 'sortedcontainers')));"
    hide += "import importlib.util as u; find = u.find_spec;"
    hide += "u.find_spec = lambda name: None if name in ('uvicorn', 'starlette') else find(name);"
    hide += "from source_destination_mailchimp.sandbox.__main__ import main; sys.exit(main(sys.argv[1:]))"
    plain = subprocess.run([sys.executable, "-c", hide], capture_output=True, text=True, timeout=60, check=False)
    assert plain.returncode == 1
    assert "pip install 'source-destination-mailchimp[sandbox]'" in plain.stderr
    asked = [sys.executable, "-c", hide, "verify", "--list"]
    listed = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False)
    assert (listed.returncode, "owner_is_member: not askable." in listed.stdout) == (0, True)
