"""Named switches for what nobody could verify of the real Mailchimp; docs/sandbox.md is made from this table."""

from collections.abc import Mapping
from typing import Final, NamedTuple


class Switch(NamedTuple):
    """One open question: the first of `values` is the default; `strength` is that of the source for it."""

    name: str
    values: tuple[str, ...]
    changes: str
    unknown: str
    source: str
    strength: str

    @property
    def default(self) -> str:
        """The value after a start and after a reset."""
        return self.values[0]


SWITCHES: Final = (
    Switch(
        "batch_status_if_new",
        ("honoured", "refused", "treated_as_status"),
        "What `status_if_new` in a row of POST /lists/{id} does: the status of new people only; nothing, the row "
        "is refused for want of a status; or the status of everybody in the call.",
        "The published description of the call does not have the key. It was seen to work once, on new people.",
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
        "put_status_if_new_revives_archived",
        ("no", "yes"),
        "Whether PUT with `status_if_new` alone brings an archived member back.",
        "One weak report says it stays archived.",
        "SANDBOX-30 8",
        "observed",
    ),
    Switch(
        "archived_keeps_compliance",
        ("no", "yes"),
        "Whether somebody who left by themselves, and was archived afterwards, still refuses to be subscribed.",
        "Nobody describes what archiving does to the reason somebody left.",
        "FACTS 6.3",
        "inferred",
    ),
    Switch(
        "pending_revives_cleaned",
        ("yes", "no"),
        "Whether `pending` is taken for a cleaned address (which then bounces again), or refused.",
        "The status machine has a question mark there.",
        "FACTS 6.3",
        "inferred",
    ),
    Switch(
        "pending_clears_compliance",
        ("yes", "no"),
        "Whether somebody who left, and was asked back with `pending`, can be subscribed by the API without an answer.",
        "Seen is that a second import confirms people who are pending; not whether they had left before.",
        "FACTS 6.3, NET#263",
        "inferred",
    ),
    Switch(
        "pending_again",
        ("mails_when_changed", "never_mails"),
        "Whether a request that changes data of somebody pending, and says `pending` again, sends a second mail.",
        "Documented is only that an identical request sends none.",
        "CL:2020-08-19",
        "inferred",
    ),
    Switch(
        "put_status_creates",
        ("yes", "no"),
        "Whether PUT for an unknown address takes `status` where `status_if_new` is missing, or refuses it.",
        "status_if_new is documented as required; clients that send `status` only are common.",
        "S",
        "inferred",
    ),
    Switch(
        "forced_double_optin",
        ("no", "yes"),
        "Whether the account is under review, so that `subscribed` for new people becomes `pending` with a mail.",
        "Older reports say that such accounts answer pending; ordinary ones do not.",
        "FACTS 6.3, mc-woocommerce#48",
        "observed",
    ),
    Switch(
        "batch_schema_errors",
        ("per_row", "whole_call"),
        "Whether a row of POST /lists/{id} of the wrong shape is refused alone or refuses the call with 400.",
        "A row without a status was seen refused alone; values of a wrong type were not seen.",
        "FACTS 5.1, H",
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
        "segment_refusal_wording",
        ("observed", "not_tagged"),
        "Whether segment calls pass over unsubscribed people in silence and say `None of the emails provided were "
        "subscribed to the list` when nobody is left, or say `Some of the emails provided were not tagged`.",
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
        "since_edge",
        ("exclusive", "inclusive"),
        "Whether since_* leaves out what happened in the very second given.",
        "Described as `after`; no recording at the edge, but a peer probed it.",
        "S, peers",
        "observed",
    ),
    Switch(
        "before_edge",
        ("inclusive", "exclusive"),
        "Whether before_* takes what happened in the very second given.",
        "Described as `before`; a peer probed it, and the newer cursor API says inclusive.",
        "peers",
        "observed",
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
        "count_over_max",
        ("clamped", "refused", "honoured"),
        "What count over 1000 does.",
        "Not documented; a peer saw that it is not refused, but not how many rows came.",
        "FACTS 14.4, peers",
        "observed",
    ),
    Switch(
        "invalid_fields",
        ("ignored", "refused"),
        "What `fields` or `exclude_fields` that name nothing do.",
        "Documented as an error, recorded as ignored.",
        "FACTS 3, G",
        "observed",
    ),
    Switch(
        "partial_patch",
        ("refused", "accepted"),
        "Whether PATCH of an audience, a merge field, a segment, an interest category or an interest is refused where "
        "a field is missing that the description requires, or takes what it is given.",
        "The description requires fields of a PATCH that a partial change would leave out; nobody reports either way.",
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
        ("accepted", "refused"),
        "Whether addresses under .test, .example, .invalid, .localhost and .local look fake.",
        "example.com and gmail.vom were seen refused; whether by a list of names or of endings is not known.",
        "FACTS 4",
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
        "segment_total_items",
        ("counts_hidden", "counts_shown"),
        "Whether total_items of a segment's members counts people whom the listing does not show (unsubscribed, "
        "cleaned, transactional), or only those it shows.",
        "Found by one peer who probed the real API; the description only says what is listed.",
        "peers",
        "observed",
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
        "interest_names",
        ("unique_in_category", "unique_in_audience"),
        "Whether two interest categories of one audience may hold interests of one name.",
        "The refusal says `already exists on the list`; it was seen within one category.",
        "FACTS 4, H",
        "inferred",
    ),
    Switch(
        "forgotten_in_reports",
        ("absent", "kept"),
        "Whether people deleted for good are left out of the recipients and activity of campaigns.",
        "Not described.",
        "FACTS 6.2",
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
BY_NAME: Final[Mapping[str, Switch]] = {switch.name: switch for switch in SWITCHES}


def defaults() -> dict[str, str]:
    """Every switch at its default."""
    return {switch.name: switch.default for switch in SWITCHES}


def checked(wanted: Mapping[str, object]) -> dict[str, str]:
    """The settings, if every name and value exists; raises ValueError that lists what there is."""
    for name, value in wanted.items():
        known = BY_NAME.get(name)
        if known is None:
            raise ValueError(f"There is no switch {name!r}. There are: {', '.join(BY_NAME)}")
        if value not in known.values:
            raise ValueError(f"Switch {name} takes {', '.join(known.values)}, not {value!r}")
    return {name: str(value) for name, value in wanted.items()}
