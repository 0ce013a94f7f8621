"""The command mailchimp-sandbox."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from source_destination_mailchimp.sandbox.__main__ import NEEDED
from tools.requirements import declared

MODULE = "source_destination_mailchimp.sandbox"
COMMAND = [sys.executable, "-m", MODULE]


@contextmanager
def started(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command on a free port: the process, and its banner."""
    with subprocess.Popen([*COMMAND, "--port", "0", *arguments], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            lines: list[str] = []
            while not (lines and "Ctrl-C" in lines[-1]):
                lines.append(process.stdout.readline())
                assert lines[-1], "".join(lines)
            yield process, "".join(lines)
        finally:
            process.kill()


def url_in(banner: str) -> str:
    """The address of the API in a banner."""
    found = re.search(r"API\s+(\S+)", banner)
    assert found is not None
    return found.group(1)


def page_in(banner: str) -> str:
    """The address of the page for people in a banner."""
    found = re.search(r"page\s+(\S+)", banner)
    assert found is not None
    return found.group(1)


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_says_how_to_use_it_and_stops(stop: signal.Signals, tmp_path: Path) -> None:
    """The banner says where it listens and how to point clients at it; a signal ends it (promise)."""
    seed = tmp_path / "seed.json"
    seed.write_text(json.dumps({"audiences": [{"audience": "a1b2c3d4e5", "name": "Newsletter", "members": 3}]}))
    key = "a" * 32 + "-us5"
    arguments = ["--seed", str(seed), "--key", key, "--switch", "since_edge=inclusive", "--latency-ms", "1"]
    with started(*arguments) as (process, banner):
        for words in ("a1b2c3d4e5 'Newsletter': 3 contacts", "curl", "mailchimp_marketing", "PyAirbyte", "page  ", key):
            assert words in banner
        assert "Newsletter" in requests.get(page_in(banner), timeout=30).text
        answer = requests.get(f"{url_in(banner)}/lists", auth=("any", key), timeout=30)
        assert answer.json()["lists"][0]["stats"]["member_count"] == 3
        process.send_signal(stop)
        assert process.wait(timeout=20) == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--switch", "nonsense=1"], "batch_status_if_new"),
        (["--switch", "nonsense"], "NAME=VALUE"),
        (["--seed", "/nowhere.json"], "/nowhere.json"),
    ],
)
def test_wrong_arguments(arguments: list[str], words: str) -> None:
    """Wrong arguments end the command with status 2 and one line that helps (promise)."""
    result = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=60, check=False)
    assert (result.returncode, result.stderr.count("\n")) == (2, 1)
    assert words in result.stderr


def test_help_lists_the_switches() -> None:
    """--help lists every option and every switch with its values (promise)."""
    result = subprocess.run([*COMMAND, "--help"], capture_output=True, text=True, timeout=60, check=True)
    for words in ("--seed FILE", "--latency-per-member-ms", "since_edge: exclusive | inclusive", '"audiences"'):
        assert words in result.stdout


@pytest.mark.parametrize("name", NEEDED)
def test_without_its_extra(name: str) -> None:
    """Without a library of its extra the command ends with the sentence that says how to get it (promise)."""
    # None is how Python itself marks a module that cannot be imported.
    code = f"import sys; sys.modules[{name!r}] = None; import runpy; runpy.run_module({MODULE!r}, run_name='__main__')"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 1
    assert result.stderr.splitlines() == [
        f"mailchimp-sandbox: {name} is not installed. The sandbox is an extra of this package, install it with:",
        "  pip install 'source-destination-mailchimp[sandbox]'",
    ]


def test_the_extra_holds_what_is_needed() -> None:
    """What the command looks for is what the extra installs."""
    assert sorted(NEEDED) == sorted(requirement.name.lower() for requirement in declared().sandbox)
