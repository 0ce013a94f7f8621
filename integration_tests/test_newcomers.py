"""Every command of README.md and of examples/README.md, copied from the page and run against the sandbox."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from integration_tests.readme_commands import ROOT, Reader, block_with, blocks, checkout
from source_destination_mailchimp.sandbox.http.server import Sandbox, running_sandbox

EXAMPLES = "examples/README.md"
SEED = ROOT / "examples" / "sandbox" / "customers.json"
pytestmark = [
    pytest.mark.skipif(
        not (ROOT / ".venv-airbyte" / "bin" / "python").exists() or not (ROOT / ".demo" / "faker" / "bin").exists(),
        reason="`make setup-airbyte` installs PyAirbyte, DuckDB and source-faker",
    ),
    pytest.mark.timeout(900),  # PyAirbyte takes its time to start
]


@pytest.fixture
def mailchimp() -> Iterator[Sandbox]:
    """Start the account that `make sandbox` starts with."""
    with running_sandbox() as sandbox:
        sandbox.control.call("POST", "seed", json.loads(SEED.read_text(encoding="utf-8")))
        yield sandbox


@pytest.fixture
def reader(mailchimp: Sandbox, tmp_path: Path) -> Reader:
    """Return a reader in front of a checkout."""
    return checkout(tmp_path, mailchimp)


def statuses(mailchimp: Sandbox) -> Counter[str]:
    """Count the contacts of the one audience by status."""
    (audience,) = mailchimp.store.audiences.values()
    return Counter(member.status for member in audience.by_digest.values())


def test_make_sandbox_starts_with_this_account() -> None:
    """The account that the tests of this module start with is the one that a reader gets."""
    assert f"mailchimp-sandbox --seed {SEED.relative_to(ROOT)}" in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_the_readme_s_own_sync(reader: Reader, mailchimp: Sandbox) -> None:
    """`sync.py` plans in its dry run and writes nothing; with `dry_run` set to `False` it adds contacts as pending."""
    commands = block_with("README.md", "bash", "python sync.py")
    (program,) = blocks("README.md", "python")
    script = reader.checkout / "sync.py"
    script.write_text(program, encoding="utf-8")
    assert "DRY RUN" in reader.run(commands).upper()
    assert not statuses(mailchimp)
    assert '"dry_run": True' in program
    script.write_text(program.replace('"dry_run": True', '"dry_run": False'), encoding="utf-8")
    reader.run(commands)
    assert set(statuses(mailchimp)) == {"pending"}
    assert statuses(mailchimp).total() > 500


def test_from_python(reader: Reader, mailchimp: Sandbox) -> None:
    """People go from source-faker into the audience and come back through the source."""
    programs, _ = (block for block in blocks(EXAMPLES, "bash") if "from_python.py" in block)
    said = reader.run(block_with(EXAMPLES, "bash", "export PATH"), programs)
    assert statuses(mailchimp).total() > 100
    assert f"{statuses(mailchimp).total()} members in the account now." in said


def test_from_cron(reader: Reader, mailchimp: Sandbox) -> None:
    """The first run adds people, and the second goes on from its state and has nothing to do."""
    said = reader.run(block_with(EXAMPLES, "bash", "export PATH"), block_with(EXAMPLES, "bash", "from_cron.py"))
    added = statuses(mailchimp)["pending"]
    assert added > 100
    assert f"{added} added" in said
    assert "No records received." in said
    assert (reader.checkout / "people" / "state.json").exists()


def test_from_duckdb(reader: Reader, mailchimp: Sandbox) -> None:
    """Two of twenty people leave the table; only they lose the list's tag, and nobody is mailed by this."""
    said = reader.run(block_with(EXAMPLES, "bash", "export PATH"), block_with(EXAMPLES, "bash", "from_duckdb.py"))
    assert "20 added: 20 records." in said
    (audience,) = mailchimp.store.audiences.values()
    (tag,) = audience.segments.values()
    assert (tag.name, len(tag.holders)) == ("list-vip", 18)
    assert set(statuses(mailchimp)) == {"unsubscribed"}


def test_two_way(reader: Reader, mailchimp: Sandbox) -> None:
    """One round writes the CRM's five contacts; a second one finds both sides in step."""
    setup, commands = block_with(EXAMPLES, "bash", "export PATH"), block_with(EXAMPLES, "bash", "two_way")
    assert "5 added: 5 records." in reader.run(setup, commands)
    assert statuses(mailchimp) == {"subscribed": 5}
    mailchimp.control.forget_requests()
    again = "\n".join(line for line in commands.splitlines() if "sample_crm" not in line)
    reader.run(setup, again)
    assert [call for call in mailchimp.control.requests() if call["method"] != "GET"] == []


def test_every_example_is_run_here() -> None:
    """Each program in examples/ is named in a command of the page, and so run by a test of this module."""
    commands = "\n".join(blocks(EXAMPLES, "bash"))
    programs = {path.stem for path in (ROOT / "examples").glob("*.py")}
    assert {name for name in programs if name not in commands} == set()
