"""Rules that no one may lose unnoticed: each is broken on purpose in a copy, and the test that guards it must fail.

Each mutant runs the one test that is named beside it and no other.
"""

import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from integration_tests.chaos.cells import PLAYS_ALL
from integration_tests.test_adding import LEFT_OUT, Patch, apply, ran
from unit_tests.architecture import PACKAGE, ROOT

pytestmark = pytest.mark.xdist_group("mutants")

NOT_NEEDED = ("benchmarks", "connectors", "demo", "docs", "examples", "requirements", "tools")
FAILED, PASSED, ERROR = " failed", " passed", " error in "


class Mutant(NamedTuple):
    """A rule, what breaks it, and what notices."""

    rule: str
    patch: Patch
    test: str


UNIT, SOCKET = "unit_tests", "integration_tests"

MUTANTS = (
    Mutant(
        "the store is flushed before a STATE leaves",
        Patch("destination/sync.py", "self._store.flush()  # the refused", "pass  # the refused"),
        f"{UNIT}/destination/test_sync.py::test_what_is_kept_is_durable_before_a_state_leaves",
    ),
    Mutant(
        "who is in none of Mailchimp's lists is unanswered",
        Patch(
            "destination/writing/reading_answers.py",
            "    for operation in open_rows.values():\n"
            "        yield RowAnswer(operation, refusal=MemberRefusal.UNANSWERED, tries=tries)",
            "    for operation in open_rows.values():\n        yield RowAnswer(operation, {}, tries=tries)",
        ),
        f"{UNIT}/destination/writing/test_reading_answers.py::test_everybody_has_one_answer",
    ),
    Mutant(
        "a STATE that covers all streams overtakes none of their records",
        Patch(
            "destination/checkpoints.py",
            "first.lanes or self._held or not closing.is_settled()",
            "first.lanes or self._held",
        ),
        f"{UNIT}/destination/test_checkpoints.py::test_a_state_for_everything_waits_for_every_stream",
    ),
    Mutant(
        "a STATE that covers all streams overtakes none of their STATEs",
        Patch(
            "destination/checkpoints.py",
            "first.lanes or self._held or not closing.is_settled()",
            "self._held or not closing.is_settled()",
        ),
        f"{UNIT}/destination/test_checkpoints.py::test_a_state_for_everything_overtakes_no_state_before_it",
    ),
    Mutant(
        "the source saves a state behind the pages it stands for",
        Patch("source/reading.py", "in self._pages(partition):", "in list(self._pages(partition)):"),
        f"{SOCKET}/source/test_lost_parents.py::test_what_was_seen_when_states_left",
    ),
    Mutant(
        "results of a batch are fetched without the key",
        Patch(
            "mailchimp/client.py",
            'Request("GET", url, max_bytes=max_bytes)',
            'Request("GET", url, authorization=self._authorization, max_bytes=max_bytes)',
        ),
        f"{UNIT}/mailchimp/test_bulk.py::test_results_are_fetched_without_the_key",
    ),
    Mutant(
        "no redirect is followed",
        Patch("mailchimp/transport.py", "allow_redirects=False", "allow_redirects=True"),
        f"{SOCKET}/mailchimp/test_transport.py::test_no_redirect_is_followed",
    ),
    Mutant(
        "nothing is sent over plain http",
        Patch("mailchimp/transport.py", "if not is_safe(request.url):", "if False:"),
        f"{SOCKET}/mailchimp/test_transport.py::test_nothing_is_sent_in_the_clear",
    ),
    Mutant(
        "no address of the API is plain http elsewhere",
        Patch("mailchimp/auth.py", "if is_safe(url):", "if is_safe(url) or is_plain_http(url):"),
        f"{UNIT}/mailchimp/test_auth.py::test_another_root_is_checked",
    ),
    Mutant(
        "plain http is safe on this machine only",
        Patch("mailchimp/addresses.py", 'return parts.scheme == "http" and _', 'return parts.scheme == "http" or _'),
        f"{UNIT}/mailchimp/test_addresses.py::test_only_what_cannot_be_read_on_the_way_is_called",
    ),
    Mutant(
        "no record is stored over plain http elsewhere",
        Patch(
            "destination/storing/bucket_client.py", "if is_plain_http(endpoint) and not is_safe(endpoint):", "if False:"
        ),
        f"{SOCKET}/destination/storing/test_s3.py::test_a_wrong_setting_is_named",
    ),
    Mutant(
        "nobody is brought back without a look",
        Patch("destination/writing/member_writer.py", "            check(is_retry=False)\n", "            pass\n"),
        f"{SOCKET}/destination/test_races.py::test_nobody_is_brought_back_who_left_again_after_we_looked",
    ),
    Mutant(
        "the fuse stops whoever is over the limit",
        Patch("destination/rules/limits.py", "if self.gone.total() >= self.allowed:", "if False:"),
        f"{UNIT}/destination/rules/test_limits.py::test_never_one_over",
    ),
    Mutant(
        "the fuse is asked before people are taken away",
        Patch("destination/rules/limits.py", "return not self.fuse_stops", "return True"),
        f"{SOCKET}/destination/test_accidents.py::test_a_sync_that_is_stopped_by_the_fuse_ends_no_list",
    ),
)


def _left_out(folder: str, names: list[str]) -> set[str]:
    """Leave out of the copy what no named test needs."""
    unneeded = set(NOT_NEEDED) if Path(folder) == ROOT else set()
    return LEFT_OUT(folder, names) | unneeded


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the package and its tests that may be broken."""
    found = tmp_path_factory.mktemp("mutants") / "repository"
    shutil.copytree(ROOT, found, ignore=_left_out)
    return found


@pytest.mark.skipif(not PLAYS_ALL, reason="the named tests run by themselves; make chaos also runs them in the copy")
def test_in_the_whole_copy_every_named_test_passes(copy: Path) -> None:
    """A named test that fails in the copy anyway would show nothing."""
    said = said_by_pytest(copy, *sorted({mutant.test for mutant in MUTANTS}))
    assert PASSED in said, said
    assert FAILED not in said, said
    assert ERROR not in said, said


def said_by_pytest(copy: Path, *tests: str) -> str:
    """Return what pytest says of some tests in the copy, up to the first that fails."""
    return ran(copy, "pytest", "-q", "-x", "-n", "0", "-p", "no:cacheprovider", *tests)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.rule)
def test_each_rule_has_a_test_that_fails_without_it(mutant: Mutant, copy: Path) -> None:
    """Without the rule the named test fails, in what it asserts and not because it could not be run."""
    path = copy / PACKAGE / mutant.patch.path
    whole = path.read_text(encoding="utf-8")
    apply(copy, (mutant.patch,))
    try:
        said = said_by_pytest(copy, mutant.test)
    finally:
        path.write_text(whole, encoding="utf-8")
    assert FAILED in said, said
    assert ERROR not in said, said
