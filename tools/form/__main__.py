"""`make form`: bundle the form, open it in headless Chromium, keep the pictures in .form/."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
OUT = ROOT / ".form"
PACKAGE = ROOT / "source_destination_mailchimp"
PAGE = """<!doctype html><meta charset="utf-8"><style>{css}</style><div id="form"></div>
<script>window.shown = {shown};</script><script src="form.js"></script>"""
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


class View(NamedTuple):
    """One picture: a role's form, folded as a user finds it or with everything open and one stream added."""

    role: str
    unfolded: bool
    height: int
    data: dict[str, Any]


FILLED = {
    "credentials": {"auth_type": "apikey"},
    "streams": [
        {
            "stream": "customers",
            "fields": [
                {"column": "first_name + last_name", "target": "FULLNAME"},
                {"column": "birthday", "target": "BIRTHDAY", "write": "if_empty"},
            ],
            "tags": ["customer", "shop"],
        }
    ],
    "object_storage_config": {"storage_type": "S3"},
}
VIEWS = (
    View("destination", False, 1900, {"credentials": {"auth_type": "apikey"}}),
    View("destination", True, 6400, FILLED),
    View("source", False, 1300, {"credentials": {"auth_type": "apikey"}}),
    View("source", True, 2200, {"credentials": {"auth_type": "oauth2.0"}}),
)


def main() -> None:
    """Draw every view whose specification exists."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not browser or not shutil.which("npm"):
        sys.exit("node with npm, and Chromium, are needed. Debian: apt-get install npm chromium")
    OUT.mkdir(exist_ok=True)
    print("· libraries and bundle")
    subprocess.run(["npm", "install", "--no-package-lock", "--silent"], cwd=HERE, check=True)
    subprocess.run(["npm", "run", "--silent", "bundle"], cwd=HERE, check=True)
    for view in VIEWS:
        path = PACKAGE / view.role / "spec.json"
        if path.exists():
            draw(browser, view, json.loads(path.read_text(encoding="utf-8")))


def draw(browser: str, view: View, spec: dict[str, Any]) -> None:
    """Write one page and take its picture."""
    name = f"{view.role}-{'open' if view.unfolded else 'folded'}"
    shown = {"spec": spec, "unfolded": view.unfolded, "data": view.data, "title": f"Mailchimp {view.role}"}
    text = json.dumps(shown).replace("</", "<\\/")
    page = OUT / f"{name}.html"
    page.write_text(PAGE.format(css=(HERE / "form.css").read_text(encoding="utf-8"), shown=text), encoding="utf-8")
    picture = OUT / f"{name}.png"
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    command += [f"--window-size=820,{view.height}", f"--screenshot={picture}", "--virtual-time-budget=4000"]
    subprocess.run([*command, page.as_uri()], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    print(f"· {picture.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
