"""Write down what was asked, sent and answered, without the key, the addresses and the account's own data. Pure.

What was sent is shown with its placeholders. Of an answer only the keys stay whose values say nothing about anybody.
"""

import json
import re
from collections.abc import Iterable
from typing import Any, Final

from source_destination_mailchimp.sandbox.verify.asking import Exchange
from source_destination_mailchimp.sandbox.verify.mailbox import MARK, is_made_name
from source_destination_mailchimp.sandbox.verify.results import Result

_ROWS: Final = 5
_SHOWN_KEYS: Final = frozenset(
    {
        *("status", "title", "detail", "type", "error", "error_code", "field_message", "message"),
        *("total_created", "total_updated", "error_count", "total_added", "total_removed", "total_items"),
        *("member_count", "merge_field_limit", "date_added", "last_changed", "created_at", "vip", "enabled"),
        *("errored_operations", "finished_operations", "total_operations", "language", "latitude", "longitude"),
    }
)
_ADDRESS: Final = re.compile(r"[^\s\"'<>:,]+@[^\s\"'<>:,]+\w")
_RUN: Final = re.compile(rf"{MARK}-[0-9a-f]{{8}}-q[0-9]{{2}}")
_HIDDEN: Final = "…"
_NAMES_OF_THE_ACCOUNT: Final = {"merge_fields", "interests"}  # their keys are the account's own tags and IDs


def report(results: Iterable[Result], version: str) -> str:
    """Return the report as JSON text."""
    rows = [_row(result) for result in results]
    return json.dumps(
        {"made_by": f"mailchimp-sandbox verify {version}", "questions": rows}, indent=2, ensure_ascii=False
    )


def _row(result: Result) -> dict[str, Any]:
    question = result.question
    return {
        "id": question.id,
        "question": question.text,
        "positions": list(question.positions),
        "assumed": question.positions[0],
        "outcome": result.outcome,
        "answer": without_people(result.answer),
        "reason": without_people(result.reason),
        "calls": [_exchange(exchange) for exchange in result.exchanges],
    }


def _exchange(exchange: Exchange) -> dict[str, Any]:
    step, answer = exchange.step, exchange.answer
    sent = {"call": f"{step.method} {step.path}", "query": dict(step.query), "body": step.body}
    kept = {name: value for name, value in sent.items() if value}
    return {**kept, "status": answer.status, "answer": shown(answer.body)}


def shown(value: Any, key: str = "") -> Any:
    """Return an answer without what could say something about anybody; long lists are cut."""
    if key in _NAMES_OF_THE_ACCOUNT:
        return _HIDDEN
    if isinstance(value, dict):
        return {name: shown(inner, name) for name, inner in value.items() if name != "_links"}
    if isinstance(value, list):
        return [shown(inner, key) for inner in value[:_ROWS]]
    if key in _SHOWN_KEYS or isinstance(value, bool) or value is None or value == "":
        return without_people(value) if isinstance(value, str) else value
    if isinstance(value, str) and is_made_name(value) and "@" not in value:
        return without_people(value)
    return _HIDDEN


def without_people(text: str) -> str:
    """Return a text with its addresses and the marks of the run taken out."""
    return _RUN.sub("{marker}", _ADDRESS.sub("<address>", text))
