"""The source beside what a user would pick instead: `python -m benchmarks.source_rivals [members]`.

The others are not among this project's dependencies, so each is measured only where a variable names it:

    MAILCHIMP_BENCHMARK_DLT       python of an environment with dlt (`pip install dlt`)
    MAILCHIMP_BENCHMARK_OFFICIAL  python of an environment with airbyte-source-mailchimp

dlt's REST source reads page after page; ours has to be twice as fast on 20,000 members at 300 ms a call.
"""

import os
import sys
from pathlib import Path

from benchmarks.rig import AUDIENCE, KEY, Limit, judge, measure, sandbox, table, workplace
from benchmarks.source import CONNECTIONS, PAGE_AFTER_PAGE, prepare, read_command, records

DELAY_MS = 300
DLT = "MAILCHIMP_BENCHMARK_DLT"
OFFICIAL = "MAILCHIMP_BENCHMARK_OFFICIAL"
WITH_DLT = """
import os, sys
from dlt.sources.rest_api import rest_api_source
root, audience, key = os.environ["MAILCHIMP_API_BASE_URL"], sys.argv[1], sys.argv[2]
pages = {"type": "offset", "limit": 1000, "limit_param": "count", "offset_param": "offset", "total_path": "total_items"}
members = {"path": f"lists/{audience}/members", "data_selector": "members", "paginator": pages}
auth = {"type": "http_basic", "username": "any", "password": key}
source = rest_api_source({
    "client": {"base_url": root + "/", "auth": auth},
    "resources": [{"name": "members", "endpoint": members}],
})
print(sum(1 for _ in source.resources["members"]))
"""
WITH_OFFICIAL = """
import os, pkgutil, sys
from airbyte_cdk.entrypoint import AirbyteEntrypoint, launch
from airbyte_cdk.models import ConfiguredAirbyteCatalogSerializer
from airbyte_cdk.sources.declarative.yaml_declarative_source import YamlDeclarativeSource
from source_mailchimp import SourceMailchimp
away = b"https://{{ config['data_center'] }}.api.mailchimp.com/3.0"
read = pkgutil.get_data
def rerouted(package, name):
    found = read(package, name)
    return found.replace(away, os.environ["MAILCHIMP_API_BASE_URL"].encode()) if name == "manifest.yaml" else found
pkgutil.get_data = rerouted
given = AirbyteEntrypoint.parse_args(sys.argv[1:])
config = SourceMailchimp.read_config(given.config)
catalog = ConfiguredAirbyteCatalogSerializer.load(SourceMailchimp.read_config(given.catalog))
source = SourceMailchimp.__new__(SourceMailchimp)
YamlDeclarativeSource.__init__(source, path_to_yaml="manifest.yaml", config=config, catalog=catalog, state=[])
launch(source, sys.argv[1:])
"""
"""Its manifest names Mailchimp's address; here it gets the sandbox's."""


def run(folder: Path, members: int) -> None:
    """Measure ours, a plain reader, and those that are there."""
    dlt, official = os.environ.get(DLT), os.environ.get(OFFICIAL)
    with sandbox("--latency-ms", str(DELAY_MS)) as (api, control):
        prepare(control, members, 0)
        command = read_command(folder)
        ours = measure(command, api)
        rows = [("source-mailchimp", f"{ours.wall:.1f}", "1")]
        plain = measure(PAGE_AFTER_PAGE, api).wall
        rows.append(("page after page, no CDK", f"{plain:.1f}", f"{plain / ours.wall:.1f}"))
        if dlt:
            with_dlt = measure([dlt, "-I", "-c", WITH_DLT, AUDIENCE, KEY], api)
            if int(with_dlt.output[-1]) != members:
                raise RuntimeError("dlt read another number of members")
            rows.append(("dlt's REST source", f"{with_dlt.wall:.1f}", f"{with_dlt.wall / ours.wall:.1f}"))
            judge(Limit("source, beside dlt's REST source", "of its time", ours.wall / with_dlt.wall, 0.5))
        if official:
            wall = _official(official, command, api, members)
            rows.append(("the official source-mailchimp", f"{wall:.1f}", f"{wall / ours.wall:.1f}"))
    table(
        f"{members:,} members, {DELAY_MS} ms a call, {CONNECTIONS} connections",
        ("", "seconds", "ratio to ours"),
        rows,
    )
    for variable, found in ((DLT, dlt), (OFFICIAL, official)):
        if not found:
            print(f"  Not measured: {variable} is not set.")


def _official(python: str, command: list[str], api: str, members: int) -> float:
    """Return the seconds of the official source for the same stream, with the same files, against the sandbox."""
    done = measure([python, "-I", "-c", WITH_OFFICIAL, *command[1:]], api)
    if records(done) < members:
        raise RuntimeError("the official source read fewer members")
    return done.wall


if __name__ == "__main__":
    with workplace() as place:
        run(place, int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
