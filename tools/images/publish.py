"""`make publish REGISTRY=…`: build both images on Airbyte's base image and push them, tagged with their version."""

import sys

from tools.images.__main__ import build
from tools.images.engine import Engine, NoEngine, find_or_install_engine
from tools.images.foundation import STAND_IN, base_image
from tools.images.roles import ROLES

NOWHERE = "local/"
NO_REGISTRY = "Name your registry and log in to it first: make publish REGISTRY=registry.example.com/team"
NO_BASE = (
    "Airbyte's base image could not be pulled, and an image on the stand-in is not for publishing. Nothing was pushed."
)


def main() -> int:
    """Publish; return 1 with a sentence where there is no registry, no engine or no base image."""
    if any(role.repository.startswith(NOWHERE) for role in ROLES):
        print(NO_REGISTRY, file=sys.stderr)
        return 1
    try:
        engine = find_or_install_engine()
    except NoEngine as error:
        print(error, file=sys.stderr)
        return 1
    base = base_image(engine)
    if base == STAND_IN:
        print(NO_BASE, file=sys.stderr)
        return 1
    for role in ROLES:
        build(engine, role, base)
    push(engine, [f"{role.repository}:{role.version}" for role in ROLES], [role.image for role in ROLES])
    return 0


def push(engine: Engine, names: list[str], images: list[str]) -> None:
    """Push images of this machine under other names; raise RuntimeError with the engine's words where that fails."""
    for name, image in zip(names, images, strict=True):
        engine.must("tag", image, name)
        engine.must("push", name)
        print(f"· pushed {name}", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
