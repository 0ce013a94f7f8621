"""The recordings of the real API, replayed: every status, every header and every stable field is equal."""

from pathlib import Path

import pytest

from integration_tests.sandbox.recorded import RECORDINGS, read
from integration_tests.sandbox.replaying import Replay
from source_destination_mailchimp.sandbox.server import running_sandbox

FOUND = sorted(RECORDINGS.glob("*.json"))


@pytest.mark.skipif(not FOUND, reason="the recordings are not beside the repository")
@pytest.mark.parametrize("path", FOUND, ids=lambda path: str(path.stem))
def test_answers_like_the_real_api(path: Path) -> None:
    """Every recorded exchange of a session gets the recorded answer (observed, G)."""
    with running_sandbox() as sandbox:
        assert Replay(sandbox.url, sandbox.api_key).run(read(path)) == []
