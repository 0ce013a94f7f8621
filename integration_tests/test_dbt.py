"""The dbt project over the source's tables: DuckDB and Postgres, as PyAirbyte and as the platform write them."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from integration_tests.postgres_server import Postgres, running_postgres, server_programs
from integration_tests.source.conftest import fill, welcome
from integration_tests.source.plain import rows
from integration_tests.source.syncing import by_key, catalog, config, sync
from source_destination_mailchimp.sandbox.http.server import Sandbox, running_sandbox
from source_destination_mailchimp.source.streams import STREAMS

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
AIRBYTE_BIN = ROOT / ".venv-airbyte" / "bin"
PROJECT = ROOT / "dbt"
PACKAGE = os.environ.get("MAILCHIMP_DBT_PACKAGE", "")
pytestmark = [
    pytest.mark.skipif(not (AIRBYTE_BIN / "dbt").exists(), reason="`make setup-airbyte` installs dbt and PyAirbyte"),
    pytest.mark.timeout(900),  # PyAirbyte takes its time to start
    pytest.mark.xdist_group("dbt"),
]
needs_postgres = pytest.mark.skipif(server_programs() is None, reason="no Postgres server is installed")

Row = dict[str, Any]
READ = [
    "lists",
    "list_members",
    "segments",
    "segment_members",
    "campaigns",
    "campaign_recipients",
    "email_activity",
    "unsubscribes",
    "automations",
    "automation_emails",
    "automation_recipients",
    "automation_recipient_activity",
]

READING = """
import json, sys
from pathlib import Path
import airbyte as ab
from airbyte.caches import PostgresCache

config, streams, program, place = (json.loads(text) for text in sys.argv[1:5])
source = ab.get_source("source-mailchimp", config=config, streams=streams, local_executable=Path(program))
if "port" in place:
    cache = PostgresCache(host="127.0.0.1", username="postgres", password="any", **place)
else:
    cache = ab.DuckDBCache(db_path=Path(place["path"]), schema_name="airbyte")
source.read(cache=cache)
"""
PLATFORM_TYPES = {
    "string": "varchar",
    "integer": "bigint",
    "number": "numeric",
    "boolean": "boolean",
    "object": "jsonb",
    "array": "jsonb",
}
PLATFORM_COLUMNS = (
    "_airbyte_raw_id varchar",
    "_airbyte_extracted_at timestamp with time zone",
    "_airbyte_meta jsonb",
    "_airbyte_generation_id bigint",
)
PLATFORM_VALUES = {
    "_airbyte_raw_id": "1",
    "_airbyte_extracted_at": "2026-03-02T00:00:00Z",
    "_airbyte_meta": {"changes": []},
    "_airbyte_generation_id": 1,
}
ASKING = """
import duckdb, json, sys
found = duckdb.connect(sys.argv[1], read_only=True).execute(sys.argv[2])
names = [column[0] for column in found.description]
print(json.dumps([dict(zip(names, row)) for row in found.fetchall()], default=str))
"""


@dataclass(frozen=True, slots=True)
class Warehouse:
    """Where tables are, and how to ask them."""

    profile: Row
    source_schema: str
    ask: Callable[[str], list[Row]]

    def dbt(self, folder: Path, *arguments: str, warnings_are_errors: bool = True) -> str:
        """Run dbt on this warehouse and return what it said."""
        target = {**self.profile, "schema": "mailchimp", "threads": 2}
        profiles = {"airbyte_mailchimp": {"target": "test", "outputs": {"test": target}}}
        (folder / "profiles.yml").write_text(json.dumps(profiles), encoding="utf-8")
        strict = ["--warn-error"] if warnings_are_errors else []
        command = [str(AIRBYTE_BIN / "dbt"), "--no-use-colors", *strict, *arguments]
        command += ["--profiles-dir", str(folder), "--profile", "airbyte_mailchimp"]
        command += ["--target-path", str(folder / "target"), "--log-path", str(folder / "logs")]
        environment = {**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DO_NOT_TRACK": "1"}
        # Times must not depend on where the machine stands.
        environment["TZ"] = "America/New_York"
        done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def build(self, folder: Path) -> str:
        """Build the project and run its tests."""
        variables = json.dumps({"airbyte_schema": self.source_schema})
        return self.dbt(folder, "build", "--project-dir", str(PROJECT), "--vars", variables)

    def count(self, table: str, condition: str = "true") -> int:
        """Return how many rows of a shaped table meet a condition."""
        (row,) = self.ask(f"select count(*) as n from mailchimp.{table} where {condition}")
        return int(row["n"])


@pytest.fixture(scope="module")
def mailchimp() -> Iterator[Sandbox]:
    """An account with campaigns and automations whose reports Mailchimp lists beside those of campaigns."""
    with running_sandbox() as sandbox:
        sandbox.control.switch(automation_emails="in_campaigns_too")
        seeded = fill(sandbox, members=200, archived=10)
        welcome(sandbox, seeded.audience)
        yield sandbox


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """A server for all tests of this file."""
    with running_postgres() as server:
        yield server


def read_with_pyairbyte(mailchimp: Sandbox, place: Row, folder: Path) -> None:
    """Read the streams into a cache of PyAirbyte."""
    arguments = [json.dumps(one) for one in (config(mailchimp), READ, str(BIN / "source-mailchimp"), place)]
    environment = {**os.environ, "MAILCHIMP_API_BASE_URL": mailchimp.api_url, "DO_NOT_TRACK": "1"}
    environment |= {"AIRBYTE_OFFLINE_MODE": "1", "NO_COLOR": "1", "PYTHONPATH": str(ROOT)}
    command = [str(AIRBYTE_BIN / "python"), "-W", "ignore", "-c", READING, *arguments]
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def duckdb(mailchimp: Sandbox, folder: Path) -> Warehouse:
    """Return a file of DuckDB that PyAirbyte wrote."""
    path = str(folder / "warehouse.duckdb")
    read_with_pyairbyte(mailchimp, {"path": path}, folder)

    def ask(query: str) -> list[Row]:
        command = [str(AIRBYTE_BIN / "python"), "-c", ASKING, path, query]
        found: list[Row] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        return found

    return Warehouse({"type": "duckdb", "path": path}, "airbyte", ask)


def through_psql(server: Postgres, database: str, source_schema: str) -> Warehouse:
    """Return a database of the server."""

    def ask(query: str) -> list[Row]:
        said = server.run(f"select coalesce(json_agg(found), '[]') from ({query}) found", database)
        found: list[Row] = json.loads(said)
        return found

    profile = {"type": "postgres", "host": "127.0.0.1", "port": server.port, "user": "postgres", "password": "any"}
    return Warehouse({**profile, "dbname": database}, source_schema, ask)


def write_as_the_platform(mailchimp: Sandbox, server: Postgres, database: str) -> None:
    """Read the streams in this process and write them as destination-postgres does: typed, deduplicated, jsonb."""
    server.run("create schema airbyte", database)
    settings = config(mailchimp)
    found = sync(settings, *READ, incremental=False)
    keys = {stream.name: stream.primary_key for stream in STREAMS}
    for configured in catalog(settings, *READ).streams:
        stream = configured.stream
        table = f"airbyte.{stream.name}"
        properties: Row = dict(stream.json_schema)["properties"]
        columns = [f'"{name}" {platform_type(one)}' for name, one in properties.items()]
        server.run(f"create table {table} ({', '.join([*PLATFORM_COLUMNS, *columns])})", database)
        rows_of_key = by_key(found.records.get(stream.name, []), keys[stream.name])
        written = [{**row, **PLATFORM_VALUES} for row in rows_of_key.values()]
        rows_as_text = json.dumps(written).replace("'", "''")
        populate = f"jsonb_populate_recordset(null::{table}, '{rows_as_text}')"
        server.run(f"insert into {table} select * from {populate}", database)


def platform_type(schema: Row) -> str:
    """Return the type that destination-postgres gives a property (its documentation, "Data type map")."""
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if schema.get("format") == "date-time":
        return "timestamp with time zone"
    (kind,) = (one for one in kinds if one != "null")
    return PLATFORM_TYPES[kind]


def figures_are_those_of_the_reports(mailchimp: Sandbox, warehouse: Warehouse) -> None:
    """Hold sends, opens, clicks and unsubscribes of each campaign and email against its report."""
    reports = rows(mailchimp, "/reports", "reports")
    assert {report["type"] for report in reports} == {"regular", "automation"}
    for report in reports:
        table, column = "campaign_recipient", "campaign_id"
        if report["type"] == "automation":
            table, column = "automation_recipient", "automation_email_id"
        this = f"{column} = '{report['id']}'"
        found = {
            "sent": warehouse.count(table, this),
            "opens": warehouse.count(f"{table}_activity", f"{this} and action = 'open'"),
            "clicks": warehouse.count(f"{table}_activity", f"{this} and action = 'click'"),
            "bounces": warehouse.count(f"{table}_activity", f"{this} and bounce_type = 'hard'"),
            "unsubscribed": warehouse.count("unsubscribe", f"campaign_id = '{report['id']}'"),
        }
        assert found == {
            "sent": report["emails_sent"],
            "opens": report["opens"]["opens_total"],
            "clicks": report["clicks"]["clicks_total"],
            "bounces": report["bounces"]["hard_bounces"],
            "unsubscribed": report["unsubscribed"],
        }
        assert min(found["sent"], found["opens"], found["clicks"], found["unsubscribed"]) > 0


def no_automation_is_a_campaign(mailchimp: Sandbox, warehouse: Warehouse) -> None:
    """Hold that no table of campaigns has an email of a classic automation, though Mailchimp lists them there."""
    emails = {
        email["id"]
        for automation in rows(mailchimp, "/automations", "automations")
        for email in rows(mailchimp, f"/automations/{automation['id']}/emails", "emails")
    }
    listed = {campaign["id"] for campaign in rows(mailchimp, "/campaigns", "campaigns")}
    assert emails <= listed
    among = "in ({})".format(", ".join(f"'{one}'" for one in sorted(emails)))
    assert warehouse.count("automation_email", f"id {among}") == len(emails)
    assert warehouse.count("campaign") == len(listed - emails)
    assert warehouse.count("campaign", f"id {among}") == 0
    for table in ("campaign_recipient", "campaign_recipient_activity"):
        assert warehouse.count(table, f"campaign_id {among}") == 0


def times_are_utc(warehouse: Warehouse) -> None:
    """Hold that the campaign's time of sending is noon of UTC, in a column without a time zone."""
    (sent,) = warehouse.ask("select cast(send_time as text) as at from mailchimp.campaign where send_time is not null")
    assert sent["at"] == "2026-03-01 12:00:00"
    query = "select data_type from information_schema.columns where table_schema = 'mailchimp' and column_name = "
    kinds = {row["data_type"].lower() for row in warehouse.ask(f"{query}'send_time'")}
    assert kinds <= {"timestamp", "timestamp without time zone"}


def people_are_all_there(mailchimp: Sandbox, warehouse: Warehouse) -> None:
    """Hold members and segments against the sandbox's own store, with values from inside JSON."""
    audiences = mailchimp.store.audiences.values()
    assert warehouse.count("list") == len(audiences)
    assert warehouse.count("member") == sum(len(one.by_digest) for one in audiences)
    (tag,) = warehouse.ask("select id, list_id from mailchimp.segment where name = 'vip'")
    everybody = {f"include_{kind}": "true" for kind in ("cleaned", "transactional", "unsubscribed")}
    path = f"/lists/{tag['list_id']}/segments/{tag['id']}/members"
    in_segment = rows(mailchimp, path, "members", **everybody)
    assert warehouse.count("segment_member", f"segment_id = {tag['id']}") == len(in_segment) > 0
    automations = "automation_id in (select id from mailchimp.automation where title = 'Hello')"
    assert warehouse.count("automation_email", f"{automations} and subject_line in ('One', 'Two')") == 2


def holds(mailchimp: Sandbox, warehouse: Warehouse) -> None:
    """Hold everything that is true of the shaped tables in every warehouse."""
    figures_are_those_of_the_reports(mailchimp, warehouse)
    no_automation_is_a_campaign(mailchimp, warehouse)
    times_are_utc(warehouse)
    people_are_all_there(mailchimp, warehouse)


def test_duckdb_from_pyairbyte(mailchimp: Sandbox, tmp_path: Path) -> None:
    """Built on PyAirbyte's DuckDB, every test of the project passes, and the figures are those of the reports."""
    warehouse = duckdb(mailchimp, tmp_path)
    warehouse.build(tmp_path)
    holds(mailchimp, warehouse)


@pytest.mark.skipif(not PACKAGE, reason="`make dbt-package PACKAGE=path` runs fivetran/mailchimp itself")
def test_the_package_itself(mailchimp: Sandbox, tmp_path: Path) -> None:
    """The models and tests of fivetran/mailchimp build on the shaped tables, and count what the reports count."""
    warehouse = duckdb(mailchimp, tmp_path)
    warehouse.build(tmp_path)
    warehouse.dbt(tmp_path, "build", "--project-dir", PACKAGE, warnings_are_errors=False)
    for report in rows(mailchimp, "/reports", "reports"):
        if report["type"] == "automation":
            continue
        query = "select sends, opens, clicks, unsubscribes from mailchimp_mailchimp.mailchimp__campaigns where "
        (found,) = warehouse.ask(f"{query} campaign_id = '{report['id']}'")
        totals = report["opens"]["opens_total"], report["clicks"]["clicks_total"]
        assert tuple(found.values()) == (report["emails_sent"], *totals, report["unsubscribed"])


@needs_postgres
def test_postgres_from_pyairbyte(mailchimp: Sandbox, postgres: Postgres, tmp_path: Path) -> None:
    """Built on PyAirbyte's Postgres, with json and times without a zone, all of it holds as well.

    PyAirbyte writes a time as the session's zone has it, into a column that does not say which: only UTC is told apart.
    """
    postgres.run("create database pyairbyte")
    postgres.run("alter database pyairbyte set timezone to 'UTC'")
    place = {"port": postgres.port, "database": "pyairbyte", "schema_name": "airbyte"}
    read_with_pyairbyte(mailchimp, place, tmp_path)
    warehouse = through_psql(postgres, "pyairbyte", "airbyte")
    query = "select distinct data_type from information_schema.columns where table_schema = 'airbyte'"
    kinds = warehouse.ask(f"{query} and column_name = 'send_time'")
    assert kinds == [{"data_type": "timestamp without time zone"}]
    warehouse.build(tmp_path)
    holds(mailchimp, warehouse)


@needs_postgres
def test_postgres_from_the_platform(
    mailchimp: Sandbox, postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Built on the platform's typed tables, with jsonb and time zones, all of it holds as well."""
    monkeypatch.setenv("MAILCHIMP_API_BASE_URL", mailchimp.api_url)
    postgres.run("create database platform")
    write_as_the_platform(mailchimp, postgres, "platform")
    warehouse = through_psql(postgres, "platform", "airbyte")
    warehouse.build(tmp_path)
    holds(mailchimp, warehouse)
