"""A sandbox for all tests of the destination, emptied before each, with one audience in it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from integration_tests.destination.between import Between, proxy
from integration_tests.destination.syncing import FIELDS, Account
from source_destination_mailchimp.sandbox.http.server import Sandbox, running_sandbox


@pytest.fixture(scope="session")
def running() -> Iterator[Sandbox]:
    """One sandbox for all tests of a process."""
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def running_proxy(running: Sandbox) -> Iterator[Between]:
    """One proxy in front of it."""
    with proxy(running.url) as between:
        yield between


@pytest.fixture
def account(running: Sandbox) -> Account:
    """An account with one empty audience."""
    running.control.reset()
    audience = str(running.control.seed(name="Readers", merge_fields=FIELDS, members=0)["audience"])
    return Account(running, audience, running.api_url)


@pytest.fixture
def between(account: Account, running_proxy: Between) -> Between:
    """Lets something happen between two calls of `raced`."""
    running_proxy.reset()
    return running_proxy


@pytest.fixture
def raced(account: Account, between: Between) -> Account:
    """The account, reached through the proxy."""
    return replace(account, api_url=f"{between.url}/3.0")
