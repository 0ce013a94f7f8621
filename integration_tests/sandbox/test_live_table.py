"""Every live fact of 2026 in which the sandbox once differed, or which it lacked, and the tests that name it.

The facts themselves are beside the repository; here stands how each begins. A new fact there fails until it is named.
"""

import ast
from pathlib import Path

import pytest

LIVE = Path(__file__).resolve().parents[2].parent / "shared" / "mailchimp" / "LIVE-2026.md"
FOLDER = Path(__file__).parent
MARKS = ("[≠", "[-")

# How a fact begins: the tests that hold it. Those that nobody could settle are switches, which their tests turn.
HELD_BY: dict[str, tuple[str, ...]] = {
    "offset works on lists": ("test_tag_search_comes_in_pages",),
    "Only a page shorter than count": ("test_the_total_of_segment_members_is_too_small",),
    "may_create false": ("test_an_account_may_have_room_for_one_audience",),
    "First audience has": ("test_default_fields",),
    "Member one is its sender": ("test_the_sender_is_the_first_member",),
    "sms_phone_number": ("test_telephone_keys_are_always_there",),
    "tags of a member": ("test_the_newest_tag_comes_first",),
    "That PUT keeps timestamp_opt": (
        "test_put_brings_back_without_a_new_opt_in",
        "test_post_brings_back_with_a_new_opt_in",
    ),
    "Not: POST /segments": ("test_making_a_tag_leaves_last_changed",),
    "Opens fill email_client": ("test_an_open_names_the_client",),
    "Other segment calls": ("test_segment_change_moves_last_changed", "test_deleting_a_tag_and_last_changed"),
    "PATCH of an archived person": ("test_patch_of_somebody_archived",),
    "include_cleaned": ("test_flags_let_segments_count_more",),
    "A saved segment's count": ("test_the_count_of_a_saved_segment_may_lag",),
    "Without flags only subscribed": ("test_the_total_of_segment_members_is_too_small",),
    "With the three include flags": ("test_the_total_of_segment_members_is_too_small",),
    "Whether archived carriers": ("test_archived_carriers_of_a_tag",),
    "count and offset work": ("test_tag_search_comes_in_pages",),
    "Without count ten rows come": ("test_tag_search_comes_in_pages",),
    "display_order": ("test_categories_are_numbered_from_0",),
    "Deleted campaigns leave no trace": ("test_a_deleted_campaign_leaves_no_trace",),
    "resendable was true": ("test_resendable_says_nothing",),
    "To everybody": ("test_a_campaign_to_everybody",),
    "Complaints and soft bounces": ("test_complaints_and_soft_bounces_in_a_report",),
    "A draft's email-activity": ("test_the_activity_of_a_draft_is_empty",),
    "A bounce was 14 s after sending": ("test_a_bounce_is_seen_late",),
    "Soft bounces": ("test_soft_bounces",),
    "tag-search: ten without count": ("test_tag_search_comes_in_pages",),
    "GET /customer-journeys": ("test_journeys_are_listed", "test_journeys_may_not_be_readable"),
    "Steps show step_type": ("test_journeys_are_listed", "test_emails_sent_counts_bounces"),
    "Emails of journeys are campaigns": ("test_journeys_are_listed",),
    "Unknown ids": ("test_unknown_paths_and_unknown_ids",),
    "The members list does not show": ("test_the_members_list_may_lag",),
    "PUT that renames to an archived address": ("test_renaming_to_an_archived_address",),
}


def named_there() -> set[str]:
    """The names of all tests of the sandbox."""
    nodes = (node for path in FOLDER.glob("test_*.py") for node in ast.parse(path.read_text()).body)
    return {node.name for node in nodes if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def test_every_fact_is_held_by_a_test() -> None:
    """Every test that the table names is there."""
    named = {name for names in HELD_BY.values() for name in names}
    assert named - named_there() == set()


@pytest.mark.skipif(not LIVE.is_file(), reason="the live facts are not beside the repository")
def test_every_marked_fact_is_in_the_table() -> None:
    """Every fact that is marked as differing or missing is named, and no other."""
    lines = LIVE.read_text(encoding="utf-8").splitlines()
    marked = [line.removeprefix("- ") for line in lines if line.startswith("- ") and any(m in line for m in MARKS)]
    beginnings = {next((start for start in HELD_BY if line.startswith(start)), line) for line in marked}
    assert beginnings == set(HELD_BY)
