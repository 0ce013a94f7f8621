"""Size and start of both images, beside an image of nothing but the CDK on the same base.

`make images` builds the two; the third is built here: the same base, airbyte-cdk with the versions of the lock, and the
connector of bare.py, which does nothing. The start is the time from the engine's command to the end of `spec`.
"""

import shutil
import tempfile
import time
from pathlib import Path

from benchmarks.rig import table
from tools.images.engine import Engine, find_engine
from tools.images.foundation import STAND_IN, base_image
from tools.images.roles import ROLES
from tools.requirements import IMAGE, locked

BARE = "localhost/bare-cdk:benchmark"
STARTS = 15
DOCKERFILE = """\
ARG BASE_IMAGE
FROM ${BASE_IMAGE} AS builder
USER 0
COPY constraints.txt /tmp/constraints.txt
RUN python3 -m venv /opt/connector \\
    && /opt/connector/bin/python -m pip install --no-cache-dir --quiet --constraint /tmp/constraints.txt airbyte-cdk \\
    && /opt/connector/bin/python -m pip uninstall --yes --quiet setuptools pip
FROM ${BASE_IMAGE}
COPY --from=builder /opt/connector /opt/connector
COPY bare.py /airbyte/integration_code/bare.py
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 1000:1000
ENTRYPOINT ["/opt/connector/bin/python", "/airbyte/integration_code/bare.py"]
"""


def main() -> None:
    """Measure and print; say so where the images are not built, which `make bench` does without."""
    engine = find_engine()
    images = [role.image for role in ROLES]
    if engine is None or any(engine.run("image", "inspect", image).returncode for image in images):
        print("Not measured: the images are not built on this machine (make images).")
        return
    base = base_image(engine)
    build_bare(engine, base)
    kind = "a stand-in for Airbyte's base image, made from Debian's packages" if base == STAND_IN else "Airbyte's image"
    seconds = starts(engine, [BARE, *images])
    rows = [
        (
            image,
            f"{size(engine, image) / 1e6:,.0f}",
            f"{size(engine, image) / size(engine, BARE):.2f}",
            f"{seconds[image]:.2f}",
            f"{seconds[image] / seconds[BARE]:.2f}",
        )
        for image in (BARE, *images)
    ]
    table(
        f"Images on {base} ({kind}, {size(engine, base) / 1e6:,.0f} MB), {Path(engine.program).name}",
        ("image", "MB", "ratio", f"seconds of `spec`, best of {STARTS}", "ratio"),
        rows,
    )


def build_bare(engine: Engine, base: str) -> None:
    """Build the image of nothing but the CDK."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "Dockerfile").write_text(DOCKERFILE, encoding="utf-8")
        (folder / "constraints.txt").write_text(constraints(), encoding="utf-8")
        shutil.copy(Path(__file__).with_name("bare.py"), folder)
        engine.must("build", "--quiet", "--tag", BARE, "--build-arg", f"BASE_IMAGE={base}", str(folder))


def constraints() -> str:
    """Return the versions of the lock as pip's constraints, which know neither extras nor, here, hashes."""
    lines = []
    for package in locked(IMAGE):
        marker = package.requirement.marker
        lines.append(f"{package.name}=={package.version}" + (f" ; {marker}" if marker else ""))
    return "\n".join(lines) + "\n"


def starts(engine: Engine, images: list[str]) -> dict[str, float]:
    """Return the least seconds of `spec` by image, which take turns: what else runs on the machine only ever adds."""
    taken: dict[str, list[float]] = {image: [] for image in images}
    for image in images * STARTS:
        begun = time.monotonic()
        engine.must("run", "--rm", "--network=none", image, "spec")
        taken[image].append(time.monotonic() - begun)
    return {image: min(seconds) for image, seconds in taken.items()}


def size(engine: Engine, image: str) -> int:
    """Return an image's size in bytes, its base included."""
    return int(engine.must("image", "inspect", "--format", "{{.Size}}", image))


if __name__ == "__main__":
    main()
