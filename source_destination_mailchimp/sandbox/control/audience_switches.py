"""Open questions about audiences: tags, segments, interests, and how members are listed."""

from typing import Final

from source_destination_mailchimp.sandbox.control.switch import Switch

AUDIENCE_SWITCHES: Final = (
    Switch(
        "segment_refusal_wording",
        ("observed", "not_tagged"),
        "Whether segment calls skip unsubscribed contacts without a word and say `None of the emails provided were "
        "subscribed to the list` when no contact is left, or say `Some of the emails provided were not tagged`.",
        "The second text is reported by a vendor and found in no public source.",
        "FACTS 7",
        "observed",
    ),
    Switch(
        "duplicate_tag_name",
        ("accepted", "refused"),
        "Whether POST /segments takes the name of a tag that exists.",
        "Two static segments of one name were accepted in 2018; today's rule is unknown.",
        "FACTS 7, H",
        "observed",
    ),
    Switch(
        "tag_names",
        ("case_insensitive", "case_sensitive"),
        "Whether `VIP` and `vip` are one tag (which keeps the first spelling).",
        "Not described.",
        "FACTS 14.10",
        "inferred",
    ),
    Switch(
        "tag_date_added",
        ("iso", "plain"),
        "Whether date_added of a member's tags is printed as 2018-07-16T19:49:42+00:00 or as 2018-07-16 19:49:42.",
        "The description's schema says date-time, its example shows the other.",
        "FACTS 7",
        "documented",
    ),
    Switch(
        "order_within_a_second",
        ("by_id", "unstable"),
        "Whether members changed in one second keep one order from page to page.",
        "Recorded pages did; nothing promises it.",
        "G",
        "observed",
    ),
    Switch(
        "members_list_lag",
        ("none", "seconds"),
        "Whether the collection of members leaves out contacts that a call has just added, for five seconds.",
        "Reported once (2022); recordings of 2016 list contacts within the second.",
        "LIVE-2026",
        "observed",
    ),
    Switch(
        "segment_calls_move_last_changed",
        ("no", "yes"),
        "Whether the members' last_changed moves when calls for segments put them into a static segment or take them "
        "out: POST, PATCH and DELETE of a segment, and its members.",
        "Seen not to move at POST /segments with static_segment; the others were not checked.",
        "LIVE-2026",
        "inferred",
    ),
    Switch(
        "archived_in_segments",
        ("never", "with_all_flags"),
        "Whether archived carriers of a tag are listed among its members when all three include flags are set.",
        "Not checked.",
        "LIVE-2026",
        "inferred",
    ),
    Switch(
        "saved_segment_counts",
        ("at_once", "lag"),
        "Whether member_count of a saved segment leaves out, for a minute, contacts who changed.",
        "One reading lacked a contact who had just come to match; a later one was right.",
        "LIVE-2026",
        "observed",
    ),
    Switch(
        "owner_is_member",
        ("no", "yes"),
        "Whether a new audience begins with its sender as a member, whose stored address would not be taken.",
        "Seen on the first audience of an account; whether every audience begins so is unknown.",
        "LIVE-2026",
        "inferred",
    ),
    Switch(
        "interest_names",
        ("unique_in_category", "unique_in_audience"),
        "Whether two interest categories of one audience may hold interests of one name.",
        "The refusal says `already exists on the list`; it was seen within one category.",
        "FACTS 4, H",
        "inferred",
    ),
    Switch(
        "merge_field_limit",
        ("absent", "present"),
        "Whether the collection of merge fields has merge_field_limit.",
        "In the description since 3.0.91, in no recording.",
        "FACTS 1",
        "documented",
    ),
)
