"""Interest categories, interests, and who has them."""

import pytest

from integration_tests.sandbox.conftest import Api
from source_destination_mailchimp.sandbox.control.client import Control

ANN = "ann@grouparoo.com"


@pytest.fixture
def category(api: Api, audience: str) -> str:
    """The path of a category."""
    made = api.post(f"/lists/{audience}/interest-categories", {"title": "Likes", "type": "checkboxes"})
    return f"/lists/{audience}/interest-categories/{made['id']}"


def interest(api: Api, category: str, name: str = "Tea") -> str:
    """A new interest; its ID."""
    return str(api.post(f"{category}/interests", {"name": name})["id"])


def test_a_category_title_is_taken_once(api: Api, audience: str, category: str) -> None:
    """A second category of one title is refused in these words (observed, FACTS 4, H)."""
    refusal = api.refused("POST", f"/lists/{audience}/interest-categories", {"title": "Likes", "type": "radio"})
    assert (refusal.status, refusal.problem["detail"]) == (
        400,
        "An interest category with the title 'Likes' already exists.",
    )


def test_an_interest_name_is_taken_once(api: Api, category: str) -> None:
    """A second interest of one name is refused in these words (observed, FACTS 4, H)."""
    interest(api, category)
    refusal = api.refused("POST", f"{category}/interests", {"name": "Tea"})
    assert (refusal.status, refusal.problem["detail"]) == (
        400,
        'Cannot add "Tea" because it already exists on the list.',
    )


@pytest.mark.parametrize(("names", "status"), [("unique_in_category", 200), ("unique_in_audience", 400)])
def test_one_name_in_two_categories(
    api: Api, control: Control, audience: str, category: str, names: str, status: int
) -> None:
    """Two categories may hold interests of one name, or by the switch may not (inferred)."""
    control.switch(interest_names=names)
    interest(api, category)
    other = api.post(f"/lists/{audience}/interest-categories", {"title": "Hates", "type": "radio"})["id"]
    path = f"/lists/{audience}/interest-categories/{other}/interests"
    assert api.send("POST", path, {"name": "Tea"}).status_code == status


def test_sixty_interests_are_the_most(api: Api, audience: str, category: str) -> None:
    """The 61st interest of an audience is refused, whatever its category (observed, FACTS 4, H)."""
    for number in range(60):
        interest(api, category, f"i{number}")
    other = api.post(f"/lists/{audience}/interest-categories", {"title": "More", "type": "radio"})["id"]
    refusal = api.refused("POST", f"/lists/{audience}/interest-categories/{other}/interests", {"name": "Tea"})
    assert refusal.problem["detail"] == "Cannot have more than 60 interests per list (across all categories)."


def test_an_unknown_interest_refuses_the_member(api: Api, audience: str) -> None:
    """A member with an interest the audience does not have is refused (observed, FACTS 9, H)."""
    body = {"email_address": ANN, "status": "subscribed", "interests": {"abc": True}}
    refusal = api.refused("POST", f"/lists/{audience}/members", body)
    assert refusal.problem["detail"] == "Invalid interest ID: 'abc'."
    answer = api.post(f"/lists/{audience}", {"members": [body]})
    assert [(row["error_code"], row["error"]) for row in answer["errors"]] == [
        ("ERROR_GENERIC", "Invalid interest ID: 'abc'.")
    ]


def test_interests_not_named_stay(api: Api, audience: str, category: str) -> None:
    """Writing one interest leaves the others as they are (documented, FACTS 9)."""
    tea, coffee = interest(api, category), interest(api, category, "Coffee")
    member = api.post(
        f"/lists/{audience}/members",
        {"email_address": ANN, "status": "subscribed", "interests": {tea: True, coffee: True}},
    )
    changed = api.patch(f"/lists/{audience}/members/{member['id']}", {"interests": {tea: False}})
    assert changed["interests"] == {tea: False, coffee: True}


def test_members_of_an_audience_without_interests_have_no_such_key(api: Api, audience: str) -> None:
    """`interests` is absent where the audience has none (documented, FACTS 6.4)."""
    assert "interests" not in api.post(f"/lists/{audience}/members", {"email_address": ANN, "status": "subscribed"})


def test_subscriber_count_is_a_string(api: Api, audience: str, category: str) -> None:
    """subscriber_count counts subscribed members and is a string (observed, LIVE-2026)."""
    tea = interest(api, category)
    for name, status in (("a", "subscribed"), ("b", "subscribed"), ("c", "unsubscribed")):
        body = {"email_address": f"{name}@grouparoo.com", "status": status, "interests": {tea: True}}
        api.post(f"/lists/{audience}/members", body)
    assert api.get(f"{category}/interests/{tea}")["subscriber_count"] == "2"


def test_interests_come_in_pages_of_ten(api: Api, category: str) -> None:
    """Ten interests are listed unless count says more (documented, FACTS 9)."""
    for number in range(12):
        interest(api, category, f"i{number}")
    assert len(api.get(f"{category}/interests")["interests"]) == 10
    assert len(api.get(f"{category}/interests", count=5, offset=10)["interests"]) == 2
    assert api.get(f"{category}/interests")["total_items"] == 12


def test_categories_are_filtered_by_type_and_sorted(api: Api, audience: str, category: str) -> None:
    """`type` filters, sort_field and sort_dir order the categories (documented, S)."""
    path = f"/lists/{audience}/interest-categories"
    api.post(path, {"title": "Hates", "type": "radio", "display_order": 9})
    assert [row["title"] for row in api.get(path, type="radio")["categories"]] == ["Hates"]
    backwards = api.get(path, sort_field="display_order", sort_dir="DESC")["categories"]
    assert [row["title"] for row in backwards] == ["Hates", "Likes"]


def test_a_deleted_interest_leaves_its_members(api: Api, audience: str, category: str) -> None:
    """After an interest is deleted no member shows it (inferred)."""
    tea, coffee = interest(api, category), interest(api, category, "Coffee")
    body = {"email_address": ANN, "status": "subscribed", "interests": {tea: True}}
    member = api.post(f"/lists/{audience}/members", body)["id"]
    api.done("DELETE", f"{category}/interests/{tea}")
    assert api.get(f"/lists/{audience}/members/{member}")["interests"] == {coffee: False}


def test_members_are_found_by_interest(api: Api, control: Control, audience: str, category: str) -> None:
    """Members are filtered by interest with interest_match any, all and none (documented, FACTS 10)."""
    tea, coffee = interest(api, category), interest(api, category, "Coffee")
    people = {"a": {tea: True}, "b": {tea: True, coffee: True}, "c": {}}
    for name, chosen in people.items():
        control.seed(audience, members=[{"email_address": f"{name}@grouparoo.com", "interests": chosen}])
    found = {}
    for match in ("any", "all", "none"):
        rows = api.get(
            f"/lists/{audience}/members",
            interest_category_id=category.rsplit("/", 1)[1],
            interest_ids=f"{tea},{coffee}",
            interest_match=match,
        )["members"]
        found[match] = [row["email_address"][0] for row in rows]
    assert found == {"any": ["a", "b"], "all": ["b"], "none": ["c"]}
