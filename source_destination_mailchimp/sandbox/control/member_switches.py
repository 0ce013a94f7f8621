"""Open questions about writing members: statuses, the archive, batch rows, addresses and values."""

from typing import Final

from source_destination_mailchimp.sandbox.control.switch import Switch

MEMBER_SWITCHES: Final = (
    Switch(
        "batch_status_if_new",
        ("honoured", "refused", "treated_as_status"),
        "What `status_if_new` in a row of POST /lists/{id} does: the status of new contacts only; nothing, the row "
        "is refused for want of a status; or the status of everybody in the call.",
        "The published description of the call does not have the key. It was seen to work once, on new contacts.",
        "FACTS 5.1, H",
        "observed",
    ),
    Switch(
        "batch_restores_archived",
        ("yes", "no"),
        "Whether a row of POST /lists/{id} with a status brings an archived member back, or leaves it archived "
        "(with update_existing) or refuses it as ERROR_CONTACT_EXISTS (without).",
        "Seen for POST /members only.",
        "FACTS 6.2",
        "inferred",
    ),
    Switch(
        "pending_revives_archived",
        ("yes", "no"),
        "Whether `pending` for an archived member makes it pending and mails it, or answers 200 and changes nothing.",
        "One report says that 200 with `archived` comes back; no recording.",
        "FACTS 6.3",
        "inferred",
    ),
    Switch(
        "archived_keeps_compliance",
        ("no", "yes"),
        "Whether a contact who unsubscribed and was archived afterwards still cannot be subscribed by the API.",
        "It is not described what archiving does to the reason for leaving.",
        "FACTS 6.3",
        "inferred",
    ),
    Switch(
        "pending_revives_cleaned",
        ("yes", "no"),
        "Whether `pending` is accepted for a cleaned address (which then bounces again), or refused.",
        "The status machine has a question mark there.",
        "FACTS 6.3",
        "inferred",
    ),
    Switch(
        "pending_clears_compliance",
        ("yes", "no"),
        "Whether a contact who left and was asked back with `pending` can be subscribed by the API without an answer.",
        "A second import was seen to confirm pending contacts; it is not known whether they had left before.",
        "FACTS 6.3, NET#263",
        "inferred",
    ),
    Switch(
        "pending_again",
        ("mails_when_changed", "never_mails"),
        "Whether a request that changes data of a pending contact, and says `pending` again, sends a second mail.",
        "Documented is only that an identical request sends none.",
        "CL:2020-08-19",
        "inferred",
    ),
    Switch(
        "forced_double_optin",
        ("no", "yes"),
        "Whether the account is under review, so that `subscribed` for new contacts becomes `pending` with a mail.",
        "Older reports say that such accounts answer pending; ordinary ones do not.",
        "FACTS 6.3, mc-woocommerce#48",
        "observed",
    ),
    Switch(
        "batch_schema_errors",
        ("whole_call", "per_row"),
        "Whether a row of POST /lists/{id} of the wrong shape refuses the call with 400, or is refused alone.",
        "Seen for an empty status and a row without an address, not for values of a wrong type. A row without "
        "any status is refused alone.",
        "NET#567, wso2-mailchimp, H",
        "observed",
    ),
    Switch(
        "sync_tags_without_tags",
        ("removes_all", "keeps"),
        "What sync_tags does to a row that has no `tags`.",
        "Described as replacing all existing tags with those in the request.",
        "S, CL:2022-01-24",
        "documented",
    ),
    Switch(
        "batch_tags",
        ("honoured", "ignored"),
        "Whether `tags` in a row of POST /lists/{id} are added.",
        "Not in the published description; a release note says they are added to existing members too.",
        "CL:2022-01-24",
        "documented",
    ),
    Switch(
        "batch_marketing_permissions",
        ("ignored", "honoured"),
        "Whether `marketing_permissions` in a row of POST /lists/{id} are stored.",
        "Not listed for this call.",
        "FACTS 5.1",
        "inferred",
    ),
    Switch(
        "required_on_update",
        ("always", "when_merge_fields_are_sent"),
        "Whether a required merge field without a value refuses every change of a member, or only those that send "
        "merge_fields.",
        "skip_merge_validation exists on PUT and PATCH; how far the rule reaches is not described.",
        "FACTS 8",
        "documented",
    ),
    Switch(
        "date_with_time",
        ("cut", "refused"),
        "Whether a date field takes the date of an ISO 8601 time, or refuses it.",
        "Today's documentation lists four notations without a time; that of API 1.2 said that anything strtotime "
        "understands is understood.",
        "API 1.2 listSubscribe",
        "documented",
    ),
    Switch(
        "reserved_domains",
        ("refused", "accepted"),
        "Whether addresses under .test, .example, .invalid, .localhost and .local look fake.",
        "Endings are checked against those there are: .tst was seen refused. Whether the reserved ones count as such "
        "is not documented.",
        "G, FACTS 4",
        "inferred",
    ),
    Switch(
        "role_addresses",
        ("refused", "accepted"),
        "Whether abuse@, noc@, postmaster@ and their like look fake.",
        "Named in reports, the list is not.",
        "SANDBOX-30 22",
        "inferred",
    ),
    Switch(
        "batch_status_if_new_of_archived",
        ("stays_archived", "revives", "refused"),
        "What a row of POST /lists/{id} with `status_if_new` does to an archived contact: leaves it archived (and "
        "without update_existing says ERROR_CONTACT_EXISTS), brings them back, or is refused.",
        "Seen only for PUT, where they stay archived.",
        "SANDBOX-30 8, mc-woocommerce#951",
        "inferred",
    ),
    Switch(
        "refusal_wording",
        ("classic", "newer"),
        "In which words contacts who left, or were permanently deleted, are refused.",
        "Both wordings are in use in production; what decides between them is unknown.",
        "FACTS 4, production logs",
        "observed",
    ),
    Switch(
        "patch_of_archived",
        ("accepted", "refused"),
        "Whether PATCH of an archived member is accepted, or refused because only PUT brings them back.",
        "It was recorded as taken in 2021; one client claims, undated, that it is refused.",
        "G, LIVE-2026",
        "observed",
    ),
    Switch(
        "contacts_without_address",
        ("empty", "null", "absent"),
        "How id and email_address of a contact show who has only a telephone number.",
        "Such contacts exist since SMS; no answer with one was seen.",
        "FACTS 13",
        "inferred",
    ),
    Switch(
        "unknown_statuses",
        ("absent", "present"),
        "Whether a seed may hold members whose status is a word that is not described anywhere.",
        "Words were added before (archived, transactional); the next one is not known.",
        "S",
        "inferred",
    ),
)
