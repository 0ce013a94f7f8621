"""How people write to Mailchimp without a connector: batches of 500 one after the other, or one PUT per person.

Run as `python -m benchmarks.rivals sequential|official config.json messages.jsonl`.
"""

import json
import os
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import mailchimp_marketing
import orjson
import requests

from source_destination_mailchimp.mailchimp.members import member_hash


def records(path: Path) -> Iterator[dict[str, Any]]:
    """The records of a file of messages."""
    with path.open("rb") as lines:
        for line in lines:
            message = orjson.loads(line)
            if message["type"] == "RECORD":
                yield message["record"]["data"]


def member(record: dict[str, Any]) -> dict[str, Any]:
    """A member object, mapped as plainly as can be."""
    merge = {key.upper(): value for key, value in record.items() if key != "email"}
    return {"email_address": record["email"], "status": "subscribed", "merge_fields": merge}


def sequential(config: dict[str, Any], people: Iterator[dict[str, Any]]) -> None:
    """Batch subscribe, 500 a call, one call after the other."""
    session = requests.Session()
    session.auth = ("key", config["credentials"]["apikey"])
    url = f"{os.environ['MAILCHIMP_API_BASE_URL']}/lists/{config['audience']}"
    while chunk := list(islice(people, 500)):
        session.post(url, json={"members": chunk, "update_existing": True}, timeout=130).raise_for_status()


def official(config: dict[str, Any], people: Iterator[dict[str, Any]]) -> None:
    """The official client, one PUT per person, as its documentation shows."""
    client = mailchimp_marketing.Client({"api_key": config["credentials"]["apikey"], "server": "us6"})
    client.api_client.host = os.environ["MAILCHIMP_API_BASE_URL"]
    for one in people:
        body = {**one, "status_if_new": "subscribed"}
        del body["status"]
        client.lists.set_list_member(config["audience"], member_hash(one["email_address"]), body)


if __name__ == "__main__":
    way = {"sequential": sequential, "official": official}[sys.argv[1]]
    way(json.loads(Path(sys.argv[2]).read_text()), map(member, records(Path(sys.argv[3]))))
