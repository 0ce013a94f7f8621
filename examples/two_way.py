"""One round of a two-way sync between a CRM in DuckDB and an audience: the source first, then the destination.

    python -m examples.two_way crm.duckdb CONFIG.json

The CRM has a table `contacts` (contact_id, email, first_name, newsletter, newsletter_changed_at) as sample_crm.py makes
one; further columns go to the destination. CONFIG.json is a configuration of the destination like
configurations/crm-opt-in-both-ways.json. docs/two-way.md explains each step.
"""

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import airbyte as ab
import duckdb

from examples.from_duckdb import send

STREAMS = ["consent", "list_members"]

# The newest answer of each person, and the opt-in box follows it if it is newer than what the CRM has. The yes of a
# contact that a program added is no answer: its time is that of the call, and somebody may have said no before it.
# Of two answers in the same second the no counts.
FOLLOW_CONSENT = """
    update contacts set newsletter = newest.opted_in, newsletter_changed_at = newest.changed_at
    from (
        select * from consent where opted_in is not null and not (opted_in and changed_at_source = 'api')
        qualify row_number() over (partition by email_id order by changed_at desc, opted_in) = 1
    ) newest
    where (newest.external_id = contacts.contact_id or lower(newest.email_address) = lower(contacts.email))
      and newest.opted_in <> contacts.newsletter
      and (newest.changed_at > contacts.newsletter_changed_at
           or not newest.opted_in and newest.changed_at = contacts.newsletter_changed_at)
"""
# Somebody who changed their address in Mailchimp keeps being the same person here.
FOLLOW_ADDRESS = """
    update contacts set email = members.email_address from members
    where members.crmid = contacts.contact_id and lower(members.email_address) <> lower(contacts.email)
"""
# Only where Mailchimp's values win: what people wrote about themselves.
FOLLOW_PROFILE = """
    update contacts set first_name = members.fname from members
    where members.crmid = contacts.contact_id and members.fname is not null
      and members.fname is distinct from contacts.first_name
"""
# People who signed up elsewhere become contacts.
TAKE_IN = """
    insert into contacts (contact_id, email, first_name, newsletter, newsletter_changed_at)
    select 'mc-' || members.id, members.email_address, members.fname, true, members.last_changed from members
    where members.status = 'subscribed' and members.crmid is null
      and not exists (select 1 from contacts where lower(contacts.email) = lower(members.email_address))
"""


def bring_back(database: duckdb.DuckDBPyConnection, config: dict[str, Any], cache_path: Path) -> None:
    """Read what happened in Mailchimp and let the CRM follow it."""
    external_id = config["streams"][0]["external_id"].partition("->")[2].strip()
    chosen = {"audiences": [config["audience"]], "merge_fields": "flat", "external_id": external_id}
    program = os.environ.get("SOURCE_MAILCHIMP") or shutil.which("source-mailchimp")
    source = ab.get_source(
        "source-mailchimp",
        config={"credentials": config["credentials"], **chosen},
        streams=STREAMS,
        local_executable=Path(program) if program else None,
    )
    read = source.read(cache=ab.DuckDBCache(db_path=cache_path))
    print(f"{read.processed_records} rows from Mailchimp")
    database.register("consent", read["consent"].to_pandas())
    database.register("members", read["list_members"].to_pandas())
    steps = [FOLLOW_CONSENT, FOLLOW_ADDRESS, TAKE_IN]
    if follows_profile(config):
        steps.append(FOLLOW_PROFILE)
    for step in steps:
        ((changed,),) = database.execute(step).fetchall()
        print(f"{changed} contacts:{step.split('contacts', 1)[0].strip()} …")


def follows_profile(config: dict[str, Any]) -> bool:
    """Return whether people's first names in Mailchimp stay: by a rule of the field's own, else by `conflict`."""
    for field in config["streams"][0].get("fields", []):
        if field["target"] == "FNAME" and "write" in field:
            return bool(field["write"] != "always")
    return bool(config.get("conflict") == "mailchimp_wins")


def main() -> int:
    """One round."""
    path, config_path = map(Path, sys.argv[1:3])
    config = json.loads(config_path.read_text(encoding="utf-8"))
    with duckdb.connect(str(path)) as database:
        bring_back(database, config, path.with_suffix(".mailchimp.duckdb"))
        return send(database, "contacts", config)


if __name__ == "__main__":
    sys.exit(main())
