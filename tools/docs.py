"""Write again what is generated from the code; a test compares each file with what would be written."""

import json
from collections.abc import Callable
from pathlib import Path

from source_destination_mailchimp.destination.spec import specification

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "source_destination_mailchimp"


def destination_spec() -> str:
    """`destination/spec.json`, from the settings and their words."""
    return json.dumps(specification(), indent=2, ensure_ascii=False) + "\n"


GENERATED: dict[Path, Callable[[], str]] = {
    PACKAGE / "destination" / "spec.json": destination_spec,
}


def main() -> None:
    """Write every generated file that is not as it would be written."""
    for path, text in GENERATED.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text():
            path.write_text(text(), encoding="utf-8")
            print(f"written: {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
