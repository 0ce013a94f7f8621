"""`make images`: build both images with what engine and base image this machine has, and say what was built on what."""

import sys
import time

from tools.images.engine import Engine, NoEngine, find_or_install_engine
from tools.images.foundation import STAND_IN, base_image
from tools.images.roles import ROLES, ROOT, Role


def main() -> int:
    """Build the images; return 1 with a sentence where there is no engine."""
    started = time.monotonic()
    try:
        engine = find_or_install_engine()
    except NoEngine as error:
        print(error, file=sys.stderr)
        return 1
    base = base_image(engine)
    kind = "a stand-in made from Debian's packages" if base == STAND_IN else "Airbyte's image"
    print(f"· {engine.program}, base image {base} ({kind}), {_megabytes(engine, base)}", flush=True)
    for role in ROLES:
        build(engine, role, base)
        print(f"· {role.image}, {_megabytes(engine, role.image)}, after {time.monotonic() - started:.0f} s", flush=True)
    return 0


def build(engine: Engine, role: Role, base: str) -> None:
    """Build one role's image on a base image; raise RuntimeError with the engine's words where that fails."""
    labels = [part for name, value in role.labels.items() for part in ("--label", f"{name}={value}")]
    stage = ["--target", role.stage, "--tag", role.image, "--build-arg", f"BASE_IMAGE={base}"]
    engine.must("build", "--quiet", *labels, *stage, str(ROOT))


def _megabytes(engine: Engine, image: str) -> str:
    size = int(engine.must("image", "inspect", "--format", "{{.Size}}", image))
    return f"{size / 1_000_000:,.0f} MB"


if __name__ == "__main__":
    raise SystemExit(main())
