"""The `_links` of answers, with the host that was called (as recorded)."""

from collections.abc import Sequence
from typing import Any

Row = tuple[str, str, str, str, str]  # rel, method, path after /3.0, target schema, schema


def links(root: str, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Mailchimp's list of links; an empty schema name leaves its key out."""
    return [_link(root, *row) for row in rows]


def _link(root: str, rel: str, method: str, path: str, target: str, schema: str) -> dict[str, Any]:
    link = {"rel": rel, "href": f"{root}/3.0{path}", "method": method}
    if target:
        link["targetSchema"] = f"{root}/schema/3.0/Definitions/{target}.json"
    if schema:
        link["schema"] = f"{root}/schema/3.0/{schema}.json"
    return link


def collection_links(
    root: str, path: str, name: str, parent: tuple[str, str] | None, *, may_create: bool = True
) -> list[dict[str, Any]]:
    """Links of a collection: itself, its parent (path and schema name), and how to add to it."""
    rows: list[Row] = [("self", "GET", path, f"{name}/CollectionResponse", f"Paths/{name}/Collection")]
    if parent is not None:
        rows.append(("parent", "GET", parent[0], f"{parent[1]}/Response", ""))
    if may_create:
        rows.append(("create", "POST", path, f"{name}/Response", f"Definitions/{name}/POST"))
    return links(root, rows)


def instance_links(root: str, collection: str, id: str, name: str, *, updates: bool = True) -> list[dict[str, Any]]:
    """Links of one element: itself, its collection, and how to change and delete it."""
    path = f"{collection}/{id}"
    rows: list[Row] = [
        ("self", "GET", path, f"{name}/Response", ""),
        ("parent", "GET", collection, f"{name}/CollectionResponse", f"Paths/{name}/Collection"),
    ]
    if updates:
        rows.append(("update", "PATCH", path, f"{name}/Response", f"Definitions/{name}/PATCH"))
        rows.append(("delete", "DELETE", path, "", ""))
    return links(root, rows)
