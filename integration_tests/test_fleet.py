"""Twenty Mailchimp accounts from one Dagster deployment, in process, each account a sandbox of its own."""

import json
import os
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from examples.fleet.arithmetic import Fleet
from examples.fleet.sync import Ended
from integration_tests.readme_commands import Reader, block_with, checkout
from source_destination_mailchimp.sandbox.http.server import Sandbox, running_sandbox

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
DAGSTER = ROOT / ".venv-airbyte" / "bin" / "dagster"
PYTHON = DAGSTER.with_name("python")
README = "examples/fleet/README.md"
ACCOUNTS = 20
WRONG_SETTING, AWAY, BACK_SOON = "account-03", "account-07", "account-11"
TRIES = 3
BREAKS = {AWAY: TRIES, BACK_SOON: 1}
"""How often an account's source dies before it works."""

CONTACTS = 5
CATALOG = {
    "streams": [
        {
            "stream": {"name": "people", "json_schema": {"type": "object", "properties": {"email": {}, "id": {}}}},
            "sync_mode": "incremental",
            "destination_sync_mode": "append_dedup",
        }
    ]
}
# A source as small as one can be: it goes on from the state that it is given, five people at a time. The first times,
# as often as the file beside it says, it dies in the middle of a line, which the destination calls transient.
SOURCE = f"""
import json, pathlib, sys
breaks = pathlib.Path(sys.argv[0]).with_name("breaks")
left = int(breaks.read_text())
if left:
    breaks.write_text(str(left - 1))
    sys.exit(print('{{"type": "REC', end=""))
arguments = dict(zip(sys.argv[2::2], sys.argv[3::2]))
states = json.load(open(arguments["--state"])) if "--state" in arguments else []
at = states[0]["stream"]["stream_state"]["id"] if states else 0
for number in range(at + 1, at + 1 + {CONTACTS}):
    data = dict(id=number, email=f"ann{{number}}@postbox.org")
    print(json.dumps(dict(type="RECORD", record=dict(stream="people", data=data, emitted_at=1))))
state = dict(stream_descriptor=dict(name="people"), stream_state=dict(id=at + {CONTACTS}))
print(json.dumps(dict(type="STATE", state=dict(type="STREAM", stream=state))))
"""
# Every account of a real fleet has a host of its own, which its key names; here the host is a port of this machine.
DESTINATION = """#!{python}
import json, os, sys
config = json.load(open(sys.argv[sys.argv.index("--config") + 1]))
ports = json.load(open({ports!r}))
os.environ["MAILCHIMP_API_BASE_URL"] = ports[config["credentials"]["apikey"].rpartition("-")[2]]
os.execv({program!r}, [{program!r}, *sys.argv[1:]])
"""
ASK_THE_SCHEDULE = """
import json
import dagster as dg
from examples.fleet import definitions

requests = definitions.every_hour(dg.build_schedule_context())
job = definitions.definitions.get_job_def("mailchimp_audiences")
by_hand = job.partitioned_config.get_tags_for_partition_key
failures = {}
for kind in ("config_error", "system_error", "transient_error"):
    failure = definitions._failure(kind, "What happened.", definitions.Retries())
    tries = failure.max_retries if isinstance(failure, dg.RetryRequested) else 0
    failures[kind] = dict(tries=tries, may_be_tried=getattr(failure, "allow_retries", True))
print(json.dumps(dict(
    scheduled={request.partition_key: request.tags for request in requests},
    by_hand={key: by_hand(key) for key in definitions.PARTITIONS.get_partition_keys()},
    failures=failures,
)))
"""
WAIT_FOR_RUNS = """
import json, time
import dagster as dg

instance = dg.DagsterInstance.get()
while True:
    records = instance.get_run_records()
    if len(records) == 3 and all(record.dagster_run.is_finished for record in records):
        break
    time.sleep(1)
shown = instance.fetch_materializations(dg.AssetKey("mailchimp_audience"), limit=10).records
reports = {one.asset_materialization.partition: one.asset_materialization.metadata["report"].value for one in shown}
found = []
for record in records:
    run = record.dagster_run
    account = run.tags["dagster/partition"]
    found.append(dict(
        account=account, user=run.tags.get("mailchimp/user"), status=run.status.value, start=record.start_time,
        end=record.end_time, report=reports.get(account),
    ))
print(json.dumps(found))
"""
RUN_THEM = """
import json, sys
import dagster as dg
from examples.fleet import definitions
from examples.fleet.accounts import accounts

SHOWN = ("materialization", "asset_observation")
found = {}
retries = definitions.Retries(tries_after_the_first={retries}, seconds_between_tries=0.1)
wanted = sys.argv[1:]
for account in accounts():
    if wanted and account.name not in wanted:
        continue
    instance = dg.DagsterInstance.ephemeral()
    ended = dg.materialize(
        [definitions.mailchimp_audience], partition_key=account.name, resources={"retries": retries},
        instance=instance, raise_on_error=False,
    )
    kinds = [event.event_type_value for event in ended.all_events]
    failures = [event.step_failure_data.user_failure_data for event in ended.all_events if event.is_step_failure]
    found[account.name] = dict(
        success=ended.success,
        tries=1 + kinds.count("STEP_UP_FOR_RETRY"),
        reports=[
            shown.metadata["report"].value
            for event in ended.all_events
            for shown in [getattr(event.event_specific_data, name, None) for name in SHOWN]
            if shown and "report" in shown.metadata
        ],
        failure=[failure.description for failure in failures if failure],
    )
print(json.dumps(found))
"""

pytestmark = [
    pytest.mark.skipif(not DAGSTER.exists(), reason="`make setup-airbyte` installs Dagster"),
    pytest.mark.timeout(900),
]


@pytest.fixture(scope="module")
def sandboxes() -> Iterator[list[Sandbox]]:
    """Start as many Mailchimp accounts, each with an empty audience."""
    with ExitStack() as stack:
        running = [stack.enter_context(running_sandbox()) for _ in range(ACCOUNTS)]
        for sandbox in running:
            sandbox.control.seed(name="Customers")
        yield running


@pytest.fixture(scope="module")
def fleet(sandboxes: list[Sandbox], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the folder of the fleet: one account's key is wrong in form; two users share the accounts."""
    folder = tmp_path_factory.mktemp("fleet")
    written(folder / "ports.json", {f"us{number}": one.api_url for number, one in enumerate(sandboxes, start=1)})
    program = DESTINATION.format(
        python=sys.executable, ports=str(folder / "ports.json"), program=str(BIN / "destination-mailchimp")
    )
    (folder / "destination").write_text(program, encoding="utf-8")
    (folder / "destination").chmod(0o755)
    for number in range(1, ACCOUNTS + 1):
        account = folder / f"account-{number:02}"
        account.mkdir()
        (account / "source.py").write_text(SOURCE, encoding="utf-8")
        (account / "breaks").write_text(str(BREAKS.get(account.name, 0)), encoding="utf-8")
        command = [sys.executable, str(account / "source.py")]
        written(account / "account.json", {"mailchimp_user": f"user {number % 2}", "source": command})
        written(account / "source.json", {})
        written(account / "catalog.json", CATALOG)
        audience = "Nobody's" if account.name == WRONG_SETTING else "Customers"
        credentials = {"auth_type": "apikey", "apikey": f"$KEY_{number}"}
        written(
            account / "destination.json",
            {
                "credentials": credentials,
                "audience": audience,
                "new_member_status": "subscribed",
                "object_storage_config": {"storage_type": "Local", "path": str(account / "reports")},
            },
        )
    return folder


def written(path: Path, content: Any) -> None:
    """Write a file with some JSON."""
    path.write_text(json.dumps(content), encoding="utf-8")


def answered(fleet: Path, program: str, *arguments: str) -> dict[str, Any]:
    """Run a program in the environment that has Dagster; return the JSON of its last line."""
    keys = {f"KEY_{number}": f"0123456789abcdef0123456789abcdef-us{number}" for number in range(1, ACCOUNTS + 1)}
    environment = {**os.environ, **keys, "FLEET": str(fleet), "DESTINATION_MAILCHIMP": str(fleet / "destination")}
    environment |= {"DAGSTER_HOME": "", "PYTHONPATH": str(ROOT), "DO_NOT_TRACK": "1"}
    command = [str(PYTHON), "-W", "ignore", "-c", program, *arguments]
    done = subprocess.run(command, env=environment, cwd=fleet, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


def state_of(fleet: Path, account: str) -> int:
    """Return where the account's next sync goes on."""
    (state,) = json.loads((fleet / account / "state.json").read_text(encoding="utf-8"))
    return int(state["stream"]["stream_state"]["id"])


def contacts_of(sandboxes: list[Sandbox], account: str) -> int:
    """Return how many contacts an account's audience has."""
    (audience,) = sandboxes[int(account[-2:]) - 1].store.audiences.values()
    return len(audience.by_digest)


def went_well(found: dict[str, Any]) -> bool:
    """Return whether an account's sync succeeded at the first try."""
    return (found["success"], found["tries"], found["failure"]) == (True, 1, [])


def test_a_fleet_of_accounts(fleet: Path, sandboxes: list[Sandbox]) -> None:
    """Each account goes on from its own state; what is wrong with one of them costs the others nothing.

    A wrong setting is not tried again; what may pass by itself is, and where it does not a later run makes up for it.
    """
    run_them = RUN_THEM.replace("{retries}", str(TRIES - 1))
    first = answered(fleet, run_them)
    assert first[WRONG_SETTING]["success"] is False
    assert first[WRONG_SETTING]["tries"] == 1
    assert "audience" in first[WRONG_SETTING]["failure"][0]
    assert (first[AWAY]["success"], first[AWAY]["tries"]) == (False, TRIES)
    assert (first[BACK_SOON]["success"], first[BACK_SOON]["tries"]) == (True, 2)
    healthy = [name for name in first if name not in (WRONG_SETTING, AWAY, BACK_SOON)]
    assert len(healthy) == ACCOUNTS - 3
    assert all(went_well(first[name]) for name in healthy)
    # Every try left its page, also one that failed, and Dagster shows where.
    for name, tries in ((AWAY, TRIES), (BACK_SOON, 2), (healthy[0], 1)):
        pages = [Path(page) for page in first[name]["reports"]]
        assert len(set(pages)) == tries
        assert all(page.name == "report.html" and page.is_file() for page in pages)

    again = [AWAY, BACK_SOON, healthy[0], healthy[-1]]
    second = answered(fleet, run_them, *again)
    assert all(went_well(second[name]) for name in again)
    assert contacts_of(sandboxes, AWAY) == CONTACTS
    for name in (BACK_SOON, healthy[0], healthy[-1]):
        assert state_of(fleet, name) == 2 * CONTACTS
        assert contacts_of(sandboxes, name) == 2 * CONTACTS


def test_runs_are_marked_and_tried_again_by_what_failed(fleet: Path) -> None:
    """Runs of the schedule and those started by hand carry their user; only what may pass by itself is tried again."""
    found = answered(fleet, ASK_THE_SCHEDULE)
    users = {f"account-{number:02}": f"user {number % 2}" for number in range(1, ACCOUNTS + 1)}
    for started in ("scheduled", "by_hand"):
        assert {account: tags["mailchimp/user"] for account, tags in found[started].items()} == users
    never = {"tries": 0, "may_be_tried": False}
    assert found["failures"] == {
        "config_error": never,
        "system_error": never,
        "transient_error": {"tries": 3, "may_be_tried": True},
    }


@pytest.mark.parametrize(
    ("failures", "decides"),
    [
        ([("transient_error", "away"), ("config_error", "wrong")], "config_error"),
        ([("transient_error", "away"), ("system_error", "broken")], "system_error"),
        ([("transient_error", "away")], "transient_error"),
    ],
)
def test_the_worse_failure_decides(failures: list[tuple[str, str]], decides: str) -> None:
    """Where source and destination both fail, another try is made only if it could help both."""
    found = Ended(failures).failure
    assert found
    assert found[0] == decides


def test_the_readme_s_own_fleet(tmp_path: Path) -> None:
    """Three accounts sync as the README says; those of one Mailchimp user take turns, and Dagster shows each page."""
    serve, backfill = block_with(README, "bash", "dagster dev"), block_with(README, "bash", "dagster job backfill")
    exports = "\n".join(line for line in serve.splitlines() if line.startswith("export"))
    with running_sandbox() as mailchimp:
        mailchimp.control.seed(name="Customers")
        reader = checkout(tmp_path, mailchimp)
        with dagster(reader, serve):
            reader.run(exports, backfill)
            ended = reader.run(exports, f"python -c {shlex.quote(WAIT_FOR_RUNS)}")
    runs = {run["account"]: run for run in json.loads(ended.strip().splitlines()[-1])}
    assert {run["status"] for run in runs.values()} == {"SUCCESS"}
    assert {account: run["user"] for account, run in runs.items()} == {
        "acme": "ops@agency.example",
        "globex": "ops@agency.example",
        "initech": "ops@initech.example",
    }
    first, second = sorted((runs["acme"], runs["globex"]), key=lambda run: float(run["start"]))
    assert first["end"] <= second["start"]
    assert all(Path(run["report"]).is_file() for run in runs.values())


@contextmanager
def dagster(reader: Reader, block: str) -> Iterator[None]:
    """Run the block whose last command is `dagster dev`, on a port of its own, until the end of the context."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    script = reader.adapted(block).replace("dagster dev", f"exec dagster dev --port {port}")
    output = reader.checkout / "dagster.log"
    with output.open("wb") as said:
        process = subprocess.Popen(
            ["bash", "-ec", script],
            cwd=reader.checkout,
            env=reader.environment(),
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
        try:
            while b"Serving dagster-webserver" not in output.read_bytes():
                assert process.poll() is None, output.read_text(encoding="utf-8")
                time.sleep(0.5)
            yield
        finally:
            process.terminate()
            process.wait()


@pytest.mark.parametrize(
    ("fleet", "calls", "workers"),
    [
        (Fleet(accounts=1000, contacts=20_000, changed=10, hours=1), 6 + 10 + 1, 4),
        (Fleet(accounts=1000, contacts=20_000, changed=200, hours=1), 6 + 40 + 1, 7),
        (Fleet(accounts=1000, contacts=20_000, changed=200, hours=1, reads_audience=True), 6 + 20 + 1, 5),
        (Fleet(accounts=1, contacts=0, changed=1, hours=24), 7, 1),
    ],
)
def test_the_arithmetic_of_many_accounts(fleet: Fleet, calls: int, workers: int) -> None:
    """Calls are counted as the destination makes them, and workers from the time of these calls."""
    assert fleet.calls == calls
    assert fleet.workers == workers
