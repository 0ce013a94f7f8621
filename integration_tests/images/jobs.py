"""A sync job as a platform runs it: one container a connector, files mounted, records on standard input and output."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from source_destination_mailchimp.sandbox.http.server import Sandbox
from tools.images.engine import Engine
from tools.images.roles import ROLES, Role

Json = dict[str, Any]

SOURCE = next(role for role in ROLES if role.stage.startswith("source"))
DESTINATION = next(role for role in ROLES if role.stage.startswith("destination"))
AS_A_SYNC_JOB = (
    "--read-only",
    "--memory=512m",
    "--pids-limit=128",
    "--cap-drop=all",
    "--security-opt=no-new-privileges",
)
READABLE_BY_ALL = 0o755


@dataclass(frozen=True, slots=True)
class Ended:
    """A container that came to its end."""

    code: int
    out: str
    err: str

    @property
    def messages(self) -> list[Json]:
        """Return every line of standard output as a message."""
        return [json.loads(line) for line in self.out.splitlines()]

    def of(self, kind: str) -> list[Json]:
        """Return the messages of one type, such as SPEC or STATE."""
        return [message for message in self.messages if message["type"] == kind]

    @property
    def log(self) -> str:
        """Return every line of the log."""
        return "\n".join(message["log"]["message"] for message in self.of("LOG"))


@dataclass(frozen=True, slots=True)
class Job:
    """The files of one job and the containers that read them."""

    engine: Engine
    mailchimp: Sandbox
    folder: Path

    @property
    def files(self) -> Path:
        """Return the folder that is mounted read-only as /config."""
        return self.folder / "config"

    @property
    def local(self) -> Path:
        """Return the folder that is mounted as /local, as the platform does."""
        return self.folder / "local"

    def prepared(self) -> "Job":
        """Write both configurations and make /local a folder that every user may write to; return the job."""
        self.files.mkdir()
        self.local.mkdir()
        self.local.chmod(0o777)
        for parent in (self.folder, self.files, *self.folder.parents[:2]):
            parent.chmod(READABLE_BY_ALL)
        credentials = {"auth_type": "apikey", "apikey": self.mailchimp.api_key}
        self.write("source.json", {"credentials": credentials, "audiences": ["From"], "merge_fields": "flat"})
        to = {"credentials": credentials, "audience": "To", "new_member_status": "subscribed"}
        self.write("destination.json", to)
        store = {"storage_type": "Local", "path": "/local/rejected"}
        self.write("destination_with_store.json", {**to, "object_storage_config": store})
        return self

    def write(self, name: str, content: Any) -> None:
        """Write a JSON file that the containers see as /config/NAME."""
        path = self.files / name
        path.write_text(json.dumps(content), encoding="utf-8")
        path.chmod(0o644)

    def command(self, role: Role, *arguments: str, options: Sequence[str] = AS_A_SYNC_JOB) -> list[str]:
        """Return the engine's command for one container that is gone when it has ended."""
        mounts = [f"--volume={self.files}:/config:ro", f"--volume={self.local}:/local"]
        environment = [f"--env=MAILCHIMP_API_BASE_URL={self.mailchimp.api_url}", "--network=host"]
        return [self.engine.program, "run", "--rm", "-i", *options, *environment, *mounts, role.image, *arguments]

    def run(self, role: Role, *arguments: str, options: Sequence[str] = AS_A_SYNC_JOB, stdin: str = "") -> Ended:
        """Run one container to its end with lines on its standard input."""
        ended = subprocess.run(
            self.command(role, *arguments, options=options),
            env=dict(self.engine.environment),
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    def choose_stream(self, name: str) -> None:
        """Ask the source's container for its streams and write a catalog of one of them, read incrementally."""
        (catalog,) = self.run(SOURCE, "discover", "--config", "/config/source.json").of("CATALOG")
        (stream,) = [stream for stream in catalog["catalog"]["streams"] if stream["name"] == name]
        self.write("catalog.json", {"streams": [_configured(stream)]})

    def sync(self, *, state: Sequence[Json] | None = None, config: str = "destination.json") -> Ended:
        """Run source | destination as one pipe and return what the destination said."""
        if state is not None:
            self.write("state.json", [{"type": one["type"], "stream": one["stream"]} for one in state])
        states = [] if state is None else ["--state", "/config/state.json"]
        read = self.command(
            SOURCE, "read", "--config", "/config/source.json", "--catalog", "/config/catalog.json", *states
        )
        write = self.command(DESTINATION, "write", "--config", f"/config/{config}", "--catalog", "/config/catalog.json")
        environment = dict(self.engine.environment)
        with (
            subprocess.Popen(read, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as reader,
            subprocess.Popen(
                write, env=environment, stdin=reader.stdout, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            ) as writer,
        ):
            assert reader.stdout is not None
            reader.stdout.close()  # the writer's copy is the only one, so that it sees the end
            out, err = writer.communicate()
        assert reader.returncode == 0
        return Ended(writer.returncode, out, err)


def _configured(stream: Json) -> Json:
    return {
        "stream": stream,
        "sync_mode": "incremental",
        "destination_sync_mode": "append_dedup",
        "cursor_field": stream["default_cursor_field"],
        "primary_key": stream["source_defined_primary_key"],
        "generation_id": 0,
        "minimum_generation_id": 0,
        "sync_id": 1,
    }
