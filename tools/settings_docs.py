"""The settings of a form on the user pages, each anchored so that the platform's side panel scrolls to it."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

ANCHORED_ENTRIES = 3
"""A `FieldAnchor` names the entries of a list one by one; Airbyte's own pages name the first three."""

Json = Mapping[str, Any]


def settings_sections(form: Json) -> Iterator[str]:
    """Yield the lines of one section per group of the form, with every setting that a user can see."""
    for group in form["groups"]:
        yield f"### {group['title']}\n"
        for key, box in form["properties"].items():
            if box["group"] == group["id"]:
                yield from _setting(key, box, is_required=key in form["required"])


def _setting(path: str, box: Json, *, is_required: bool) -> Iterator[str]:
    """Yield one setting, and after it those within it."""
    if box.get("airbyte_hidden"):
        return
    yield from _anchored(path, _paragraph(path, box, is_required=is_required))
    yield from _variants(path, box.get("oneOf", ()))
    if box.get("type") == "array":
        yield from _children(f"{path}[]", box["items"])


def _children(path: str, box: Json) -> Iterator[str]:
    for key, child in box.get("properties", {}).items():
        if "const" not in child:
            yield from _setting(f"{path}.{key}", child, is_required=key in box["required"])


def _variants(path: str, variants: list[Json]) -> Iterator[str]:
    """Yield every choice with its settings; those of several choices stand once, behind the last choice."""
    times = Counter(key for variant in variants for key in variant["properties"])
    shared: dict[str, list[tuple[str, Json, bool]]] = {}
    for variant in variants:
        (selector,) = (key for key, child in variant["properties"].items() if "const" in child)
        value = variant["properties"][selector]["const"]
        title = f"**{variant['title']}** (`{path}.{selector}: {value}`)"
        help_text = variant.get("description", "")
        yield from _anchored(f"{path}[{value}]", [f"{title}: {help_text}" if help_text else title])
        for key, child in variant["properties"].items():
            is_required = key in variant["required"]
            if key != selector and times[key] > 1:
                shared.setdefault(key, []).append((value, child, is_required))
            elif key != selector:
                yield from _setting(f"{path}.{key}", child, is_required=is_required)
    for key, uses in shared.items():
        yield from _shared(f"{path}.{key}", uses)


def _shared(path: str, uses: list[tuple[str, Json, bool]]) -> Iterator[str]:
    """Yield a setting of several choices: once if it is the same for all of them, else one paragraph for each."""
    shown = [list(_setting(path, child, is_required=is_required)) for _, child, is_required in uses]
    if all(lines == shown[0] for lines in shown):
        yield from shown[0]
        return
    lines: list[str] = []
    for value, child, is_required in uses:
        title = {**child, "title": f"{child['title']} ({value})"}
        lines += [*([""] if lines else []), *_paragraph(path, title, is_required=is_required)]
    yield from _anchored(path, lines)


def _anchored(path: str, lines: list[str]) -> Iterator[str]:
    yield f'<FieldAnchor field="{",".join(_anchors(path))}">\n'
    yield from lines
    yield "\n</FieldAnchor>\n"


def _anchors(path: str) -> list[str]:
    """Return the paths that the platform knows a setting by: `streams[].tags` is `streams.0.tags` and so on."""
    before, is_entry, after = path.partition("[].")
    if not is_entry:
        return [path]
    return [f"{before}.{number}.{rest}" for number in range(ANCHORED_ENTRIES) for rest in _anchors(after)]


def _paragraph(path: str, box: Json, *, is_required: bool) -> list[str]:
    """Return a setting's title, key, default and help text, and its choices as a list."""
    notes = [f"`{path}`"]
    if is_required:
        notes.append("required")
    elif "default" in box:
        notes.append(f"default `{json.dumps(box['default'])}`")
    text, *choices = box.get("description", "").split("<br/>")
    if text.startswith("<b>"):
        text, choices = "", [text, *choices]
    title = f"**{box['title']}** ({', '.join(notes)})"
    lines = [f"{title}: {_bold(text)}" if text else title]
    if choices:
        lines += ["", *(f"- {_choice(choice)}" for choice in choices)]
    return lines


def _choice(text: str) -> str:
    value, _, rest = text.removeprefix("<b>").partition("</b>")
    return f"`{value}`{_bold(rest)}"


def _bold(text: str) -> str:
    return text.replace("<b>", "**").replace("</b>", "**")
