"""A table of a DuckDB file as the whole list of an audience: who is no longer in it loses the list's tag.

    python examples/from_duckdb.py crm.duckdb customers CONFIG.json

CONFIG.json is a configuration of the destination whose entry for the stream has a `mirror_tag`, and `list_size` in
`list_size_field`: with it the destination knows that it has seen the whole table before it takes anybody for gone.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

Message = dict[str, Any]
TYPES = {"BIGINT": "integer", "INTEGER": "integer", "DOUBLE": "number", "BOOLEAN": "boolean"}
ROWS_AT_ONCE = 1000


def catalog(database: duckdb.DuckDBPyConnection, table: str) -> Message:
    """The table as a stream that is read whole each time."""
    columns = database.execute(f"describe {table}").fetchall()
    properties = {name: {"type": ["null", TYPES.get(kind, "string")]} for name, kind, *_ in columns}
    properties["list_size"] = {"type": ["null", "integer"]}
    stream = {"name": table, "json_schema": {"type": "object", "properties": properties}}
    stream["supported_sync_modes"] = ["full_refresh"]
    return {"streams": [{"stream": stream, "sync_mode": "full_refresh", "destination_sync_mode": "append"}]}


def messages(database: duckdb.DuckDBPyConnection, table: str) -> Iterator[Message]:
    """Every row as a record, then the word that there are no more."""
    found = database.execute(f"select *, count(*) over () as list_size from {table}")
    names = [column[0] for column in found.description or ()]
    while rows := found.fetchmany(ROWS_AT_ONCE):
        for row in rows:
            data = dict(zip(names, row, strict=True))
            yield {"type": "RECORD", "record": {"stream": table, "data": data, "emitted_at": 0}}
    done = {"stream_descriptor": {"name": table}, "status": "COMPLETE"}
    yield {"type": "TRACE", "trace": {"type": "STREAM_STATUS", "emitted_at": 0, "stream_status": done}}


def send(database: duckdb.DuckDBPyConnection, table: str, config: Message) -> int:
    """Send the table and print what the destination says; its exit code."""
    program = (
        os.environ.get("DESTINATION_MAILCHIMP") or shutil.which("destination-mailchimp") or "destination-mailchimp"
    )
    with tempfile.TemporaryDirectory() as folder:
        arguments = []
        for name, content in (("config", config), ("catalog", catalog(database, table))):
            path = Path(folder, f"{name}.json")
            path.write_text(json.dumps(content), encoding="utf-8")
            arguments += [f"--{name}", str(path)]
        command = [program, "write", *arguments]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdin is not None
            # Listened to while rows are sent: a full pipe would stop both sides.
            listener = threading.Thread(target=_say, args=(process,))
            listener.start()
            for message in messages(database, table):
                process.stdin.write(json.dumps(message, default=str) + "\n")
            process.stdin.close()
            listener.join()
    return process.returncode


def _say(process: subprocess.Popen[str]) -> None:
    for line in process.stdout or ():
        message = json.loads(line)
        if message["type"] == "LOG":
            print(message["log"]["message"], flush=True)


def main() -> int:
    """Send the table that the command line names."""
    path, table, config = sys.argv[1:4]
    with duckdb.connect(path, read_only=True) as database:
        return send(database, table, json.loads(Path(config).read_text(encoding="utf-8")))


if __name__ == "__main__":
    sys.exit(main())
