"""The command `mailchimp-sandbox`: a local Mailchimp for anybody who writes against Mailchimp."""

import argparse
import gc
import json
import signal
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from source_destination_mailchimp.sandbox.account.store import Store
from source_destination_mailchimp.sandbox.control import seeding, switches
from source_destination_mailchimp.sandbox.http.server import DEFAULT_KEY, Settings, build, listen

BANNER = """\
The Mailchimp sandbox is running.

  API       {url}/3.0
  key       {key}{any_key}
  page      {url}/   (audiences, contacts, mail and calls in a browser)
  control   {url}/_sandbox/…   (reset, seed, people, clock, faults, requests, mail, switches)
  {contents}

Try it:
  curl -u any:{key} {url}/3.0/ping
  curl -X POST {url}/_sandbox/seed -d '{{"audience": "a1b2c3d4e5", "name": "Newsletter", "members": 1000}}'

The official Python client:
  client = mailchimp_marketing.Client()
  client.set_config({{"api_key": "{key}"}})
  client.api_client.host = "{url}/3.0"

destination-mailchimp and source-mailchimp of this package:
  MAILCHIMP_API_BASE_URL={url}/3.0 source-mailchimp check --config config.json

PyAirbyte:
  os.environ["MAILCHIMP_API_BASE_URL"] = "{url}/3.0"
  source = airbyte.get_source("source-mailchimp", local_executable="source-mailchimp",
                              config={{"credentials": {{"auth_type": "apikey", "apikey": "{key}"}}}})

Press Ctrl-C to stop. Nothing is saved.
"""

EPILOG = """\
A seed file is JSON, as POST /_sandbox/seed takes it:
  {"account": {"account_name": "Ours"}, "keys": ["0123456789abcdef0123456789abcdef-us1"],
   "audiences": [{"audience": "a1b2c3d4e5", "name": "Newsletter", "double_optin": false,
                  "merge_fields": [{"tag": "CRMID", "name": "CRM ID", "type": "text"}],
                  "members": [{"email_address": "ann@sandbox-people.org", "status": "subscribed", "tags": ["vip"]}]},
                 {"audience": "b1b2c3d4e5", "name": "Many", "members": 100000}]}

To compare the sandbox with a real account, see `mailchimp-sandbox verify --help`.

Switches choose between behaviors that are not known of the real Mailchimp. The first value is the default:
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the sandbox until Ctrl-C or SIGTERM; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        wanted = _switches(options)
        server, store = build(_settings(options, wanted))
        if options.seed is not None:
            seeding.seed(store, json.loads(options.seed.read_text()))
    except (ValueError, KeyError, TypeError, OSError) as error:
        print(f"mailchimp-sandbox: {error}", file=sys.stderr)
        return 2
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    try:
        listener = listen(options.host, options.port)
    except OSError as error:
        print(f"mailchimp-sandbox: cannot listen on {options.host}:{options.port}: {error}", file=sys.stderr)
        return 1
    for asked_to_stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(asked_to_stop, signal.SIG_IGN)  # uvicorn handles it while it runs, and raises it again afterwards
    with listener:
        print(banner(options.host, listener.getsockname()[1], store), flush=True)
        server.run(sockets=[listener])
    return 0


def banner(host: str, port: int, store: Store) -> str:
    """What a person needs to know to use the sandbox that listens there."""
    shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host
    key = next(iter(store.keys), DEFAULT_KEY)
    any_key = "" if store.keys else "   (any key of this format works)"
    return BANNER.format(url=f"http://{shown}:{port}", key=key, any_key=any_key, contents=_contents(store))


def _contents(store: Store) -> str:
    if not store.audiences:
        return "The account has no audiences."
    audiences = store.audiences.values()
    rows = [f"{known.id} {known.settings['name']!r}: {_contacts(len(known.by_digest))}" for known in audiences]
    return "audiences " + "\n            ".join(rows)


def _contacts(n: int) -> str:
    return f"{n:,} contact" if n == 1 else f"{n:,} contacts"


def _settings(options: argparse.Namespace, wanted: dict[str, str]) -> Settings:
    return Settings(
        host=options.host,
        port=options.port,
        keys=tuple(options.key),
        switches=wanted,
        latency_ms=options.latency_ms,
        latency_per_member_ms=options.latency_per_member_ms,
    )


def _switches(options: argparse.Namespace) -> dict[str, str]:
    """The switches of the file and of the command line, which goes first; raises ValueError for unknown ones."""
    saved = json.loads(options.switches.read_text()) if options.switches is not None else {}
    if not isinstance(saved, dict):
        raise ValueError(f"{options.switches} does not hold a JSON object of switches")
    return switches.checked({**saved, **dict(_pair(text) for text in options.switch)})


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"--switch wants NAME=VALUE, not {text!r}")
    return name.strip(), value.strip()


def _parser() -> argparse.ArgumentParser:
    rows = "\n".join(f"  {switch.name}: {' | '.join(switch.values)}" for switch in switches.SWITCHES)
    parser = argparse.ArgumentParser(
        prog="mailchimp-sandbox",
        description="A local Mailchimp Marketing API 3.0 with a control API. Everything is kept in memory.",
        epilog=EPILOG + rows,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--version", action="version", version=f"%(prog)s {version('source-destination-mailchimp')}")
    add("--port", type=int, default=8185, help="port to listen on; 0 chooses a free port (default: 8185)")
    add("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1, this machine only)")
    add(
        "--seed",
        type=Path,
        metavar="FILE",
        help="JSON file with the account, keys, audiences and members to start with",
    )
    add(
        "--key",
        action="append",
        default=[],
        help="an API key to accept; can be repeated. Without it any key is accepted",
    )
    add("--latency-ms", type=float, default=0, metavar="N", help="delay of every call, in milliseconds")
    add(
        "--latency-per-member-ms",
        type=float,
        default=0,
        metavar="N",
        help="additional delay of a batch call per member",
    )
    add("--switch", action="append", default=[], metavar="NAME=VALUE", help="set a switch (see below); can be repeated")
    add(
        "--switches",
        type=Path,
        metavar="FILE",
        help="JSON file of switches, as `mailchimp-sandbox verify --save` writes it",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
