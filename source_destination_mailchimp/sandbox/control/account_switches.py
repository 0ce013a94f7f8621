"""Open questions about everything else: reads, batches, reports, journeys, errors."""

from typing import Final

from source_destination_mailchimp.sandbox.control.switch import Switch

ACCOUNT_SWITCHES: Final = (
    Switch(
        "since_edge",
        ("exclusive", "inclusive"),
        "Whether since_* leaves out the very second given: of segments, automations, audiences, reports and opt-ins.",
        "Probed for members' last_changed, campaigns' create_time and email-activity, where it does; elsewhere "
        "not checked.",
        "LIVE-2026, S",
        "inferred",
    ),
    Switch(
        "count_over_max",
        ("clamped", "honoured"),
        "How many rows come where count is over 1000.",
        "It is not refused; whether more than 1000 rows come was never seen.",
        "LIVE-2026",
        "inferred",
    ),
    Switch(
        "invalid_fields",
        ("ignored", "refused"),
        "What `fields` that name nothing do.",
        "Documented as an error. exclude_fields that name nothing were seen to be ignored.",
        "FACTS 3, G, LIVE-2026",
        "inferred",
    ),
    Switch(
        "partial_patch",
        ("refused", "accepted"),
        "Whether PATCH of an audience, a merge field, a segment, an interest category or an interest is refused where "
        "a field is missing that the description requires, or takes what it is given.",
        "The description requires fields of a PATCH that a partial change would leave out; there are no reports.",
        "S",
        "documented",
    ),
    Switch(
        "unknown_body_fields",
        ("ignored", "refused"),
        "What a field does that the description of a body does not have.",
        "Seen ignored (tags in PUT); not documented.",
        "FACTS 6.2",
        "observed",
    ),
    Switch(
        "customer_journeys",
        ("present", "absent", "refused"),
        "Whether GET /customer-journeys/journeys and what lies below it answers, is no path, or is forbidden.",
        "Seen to answer in 2026; it is in no description, and whether every plan has it is unknown.",
        "LIVE-2026",
        "observed",
    ),
    Switch(
        "automation_emails",
        ("in_reports", "in_campaigns_too", "by_id_only"),
        "Where the emails of classic automations are listed: in /reports, in /campaigns as well, or in neither.",
        "A report's type may be `automation` by the description, a campaign's may not; no live account had any.",
        "S, LIVE-2026",
        "inferred",
    ),
    Switch(
        "contacts_beta",
        ("present", "absent", "refused"),
        "Whether /audiences/{audience_id}/contacts answers, is no path, or is forbidden.",
        "A beta that may be discontinued; whether every plan has it is unknown.",
        "FACTS 13",
        "inferred",
    ),
    Switch(
        "complaints_and_soft_bounces",
        ("counted", "not_counted"),
        "Whether abuse_reports and bounces.soft_bounces of a report move with complaints and soft bounces.",
        "Never seen.",
        "LIVE-2026",
        "inferred",
    ),
    Switch(
        "batch_order",
        ("shuffled", "as_submitted"),
        "Whether the operations of a batch run in an order of their own.",
        "Documented is that they have no order; whether they really change places is not.",
        "FACTS 11",
        "documented",
    ),
    Switch(
        "fresh_result_address",
        ("works", "fails_at_first"),
        "Whether the first fetch of a batch's fresh result address is answered with 400.",
        "One client that runs in production tries a 400 again up to five times; how often it happens is unknown.",
        "FACTS 11, HITO",
        "inferred",
    ),
    Switch(
        "account_language",
        ("en", "de"),
        "In which language errors[] speaks of merge fields: only the German for a missing value is known.",
        "Messages were seen in the language of the account, so nothing may hang on them.",
        "FACTS 4, W",
        "observed",
    ),
    Switch(
        "since_microseconds",
        ("fails", "accepted"),
        "Whether `since` of email-activity with microseconds is answered with 500.",
        "Reported once; whether it still happens, and on which other reads, is unknown.",
        "A#37434",
        "observed",
    ),
    Switch(
        "forgotten_in_reports",
        ("absent", "kept"),
        "Whether permanently deleted contacts are left out of the recipients and activity of campaigns.",
        "Not described.",
        "FACTS 6.2",
        "inferred",
    ),
)
