"""Every endpoint as a value: where it goes, what it carries, and what a success looks like."""

import inspect
from pathlib import Path
from typing import Any

import orjson
import pytest

from source_destination_mailchimp.mailchimp import calls
from source_destination_mailchimp.mailchimp.answers import Expect
from source_destination_mailchimp.mailchimp.calls import Call

NO_CHECK = {"skip_merge_validation": "true"}
MEMBER = ("id", "email_address", "status")
EMPTY = Expect(may_be_empty=True)

BUILT: list[tuple[Call, Call]] = [
    (calls.read_account(), Call("GET", "/", expect=Expect(("account_id",)))),
    (
        calls.read_account("account_id,role"),
        Call("GET", "/", {"fields": "account_id,role"}, None, Expect(("account_id",))),
    ),
    (
        calls.read_account("role"),
        Call("GET", "/", {"fields": "account_id,role"}, None, Expect(("account_id",))),
    ),
    (
        calls.read_page("/lists", "lists", {"count": 5}),
        Call("GET", "/lists", {"count": 5}, None, Expect(lists=("lists",))),
    ),
    (
        calls.create_merge_field("a", {"tag": "X"}),
        Call("POST", "/lists/a/merge-fields", None, {"tag": "X"}, Expect(("tag",))),
    ),
    (
        calls.list_members("a", {"fields": "members.id,members.status,total_items"}),
        Call(
            "GET",
            "/lists/a/members",
            {"fields": "members.id,members.status,total_items"},
            None,
            Expect(("total_items",), ("members",)),
        ),
    ),
    (
        calls.list_members("a", {"fields": "total_items"}),
        Call("GET", "/lists/a/members", {"fields": "total_items"}, None, Expect(("total_items",))),
    ),
    (
        calls.subscribe_members("a", [{"email_address": "x"}], update_existing=True, skip_merge_validation=False),
        Call(
            "POST",
            "/lists/a",
            None,
            b'{"members":[{"email_address":"x"}],"update_existing":true}',
            Expect(lists=("new_members", "updated_members", "errors")),
        ),
    ),
    (
        calls.look_for("/campaigns/c"),
        Call("GET", "/campaigns/c", {"fields": "id,contact_id"}, expect=Expect(one_of=("id", "contact_id"))),
    ),
    (
        calls.read_report("c"),
        Call("GET", "/reports/c", {"exclude_fields": "_links"}, expect=Expect(("id",))),
    ),
    (calls.read_audience("a"), Call("GET", "/lists/a", {"fields": "id"}, expect=Expect(("id",)))),
    (
        calls.read_member_tags("a", "h"),
        Call("GET", "/lists/a/members/h/tags", {"count": 1, "offset": 0}, expect=Expect(lists=("tags",))),
    ),
    (calls.read_member("a", "h"), Call("GET", "/lists/a/members/h", expect=Expect(MEMBER))),
    (
        calls.read_member("a", "h", "status,stats.avg_open_rate"),
        Call("GET", "/lists/a/members/h", {"fields": "status,stats.avg_open_rate"}, None, Expect(("status",))),
    ),
    (
        calls.read_member("a", "h", "interests,marketing_permissions"),
        Call("GET", "/lists/a/members/h", {"fields": "id,interests,marketing_permissions"}, None, Expect(("id",))),
    ),
    (
        calls.put_member("a", "h", {"status": "pending"}, skip_merge_validation=True),
        Call("PUT", "/lists/a/members/h", NO_CHECK, {"status": "pending"}, Expect(MEMBER)),
    ),
    (
        calls.patch_member("a", "h", {"vip": True}, skip_merge_validation=False),
        Call("PATCH", "/lists/a/members/h", None, {"vip": True}, Expect(MEMBER)),
    ),
    (calls.archive_member("a", "h"), Call("DELETE", "/lists/a/members/h", expect=EMPTY)),
    (
        calls.delete_member_permanently("a", "h"),
        Call("POST", "/lists/a/members/h/actions/delete-permanent", expect=EMPTY),
    ),
    (
        calls.set_member_tags("a", "h", {"VIP": True, "Old": False}),
        Call(
            "POST",
            "/lists/a/members/h/tags",
            None,
            {
                "tags": [{"name": "VIP", "status": "active"}, {"name": "Old", "status": "inactive"}],
                "is_syncing": True,
            },
            EMPTY,
        ),
    ),
    (
        calls.find_tags("a", ""),
        Call("GET", "/lists/a/tag-search", {"count": 1000, "offset": 0}, None, Expect(lists=("tags",))),
    ),
    (
        calls.find_tags("a", "V", 1000),
        Call("GET", "/lists/a/tag-search", {"count": 1000, "offset": 1000, "name": "V"}, None, Expect(lists=("tags",))),
    ),
    (
        calls.create_tag("a", "VIP", ["x"]),
        Call("POST", "/lists/a/segments", None, {"name": "VIP", "static_segment": ["x"]}, Expect(("id", "name"))),
    ),
    (
        calls.change_tag("a", 7, ["x"], []),
        Call(
            "POST",
            "/lists/a/segments/7",
            None,
            {"members_to_add": ["x"]},
            Expect(lists=("members_added", "members_removed", "errors")),
        ),
    ),
    (
        calls.change_tag("a", 7, [], ["y"]),
        Call(
            "POST",
            "/lists/a/segments/7",
            None,
            {"members_to_remove": ["y"]},
            Expect(lists=("members_added", "members_removed", "errors")),
        ),
    ),
    (calls.delete_tag("a", 7), Call("DELETE", "/lists/a/segments/7", expect=EMPTY)),
    (
        calls.start_batch([{"path": "/x"}]),
        Call("POST", "/batches", None, {"operations": [{"path": "/x"}]}, Expect(("id", "status"))),
    ),
    (calls.read_batch("b"), Call("GET", "/batches/b", expect=Expect(("id", "status")))),
]


@pytest.mark.parametrize(("built", "call"), BUILT)
def test_a_builder_gives_the_call(built: Call, call: Call) -> None:
    """Method, path, parameters, body and what is expected, all of it."""
    assert built == call


def test_every_builder_is_tried() -> None:
    """A new endpoint needs its row above."""
    builders = [
        name
        for name, one in inspect.getmembers(calls, inspect.isfunction)
        if one.__module__ == calls.__name__ and not name.startswith("_")
    ]
    tried = Path(__file__).read_text()
    assert [name for name in builders if f"calls.{name}(" not in tried] == []


@pytest.mark.parametrize(("body", "encoded"), [(None, None), (b"{}", b"{}"), ({"a": 1}, b'{"a":1}'), ([], b"[]")])
def test_a_body_is_encoded_once(body: Any, encoded: bytes | None) -> None:
    """Bytes go as they are, values as JSON, nothing as nothing."""
    assert Call("POST", "/x", body=body).encoded_body() == encoded


def test_no_value_of_a_person_is_in_a_repr() -> None:
    """Bodies and parameters are never printed by accident."""
    call = calls.put_member("a", "h", {"email_address": "ann@shop.com"}, skip_merge_validation=True)
    assert "ann@" not in repr(call)
    assert orjson.dumps(call.body)
