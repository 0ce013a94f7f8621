"""The words of the form: what each box is called and what it does to people. `spec.py` lays them over `config.py`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Group:
    """One card of the form."""

    id: str
    title: str
    boxes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Box:
    """One box of the form; `choices` says of each value what it does."""

    title: str
    help: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    examples: tuple[Any, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Keywords of the platform's form builder: airbyte_secret, airbyte_hidden, always_show, pattern, …"""


GROUPS = (
    Group("account", "Mailchimp account", ("credentials", "audience")),
    Group("consent", "Who may be emailed", ("new_member_status", "resubscribe", "automations")),
    Group("streams", "Per-stream settings", ("streams",)),
    Group(
        "leaving",
        "Deleted records and lists",
        ("removal", "confirm_permanent_deletion", "mirror_removal", "max_removals_percent"),
    ),
    Group(
        "values",
        "Values and conflicts",
        ("conflict", "empty_values", "duplicates", "unmapped_fields", "required_fields", "invalid_values"),
    ),
    Group("limits", "Dry run and limits", ("dry_run", "max_members", "max_rejected_percent", "max_connections")),
    Group("rejected", "Reports and rejected records", ("object_storage_config", "keep_changes")),
)

CREDENTIALS_HELP = "The Mailchimp user must be allowed to manage contacts: Manager, Admin or Owner."

SECRET = {"airbyte_secret": True}
HIDDEN = {"airbyte_hidden": True}
SHOWN = {"always_show": True}

BOXES: dict[str, Box] = {
    "audience": Box(
        "Audience",
        "The audience to sync contacts to. Enter its exact name or its ID (in Mailchimp: "
        "Audience, Settings, Audience ID). If the name is not found, the connection test lists the audiences "
        "of the account.",
        examples=("Customers", "a1b2c3d4e5"),
    ),
    "new_member_status": Box(
        "Status for new contacts",
        ("Decides who gets email, so there is no default. Contacts who are already in the audience keep their status."),
        {
            "subscribed": "new contacts get your campaigns from now on. Choose it only for contacts who "
            "agreed to that. If the audience uses double opt-in, the sync stops and asks you to choose pending",
            "pending": (
                "Mailchimp sends each new contact one confirmation email; those who click the link get your campaigns"
            ),
            "unsubscribed": "new contacts are stored with their data and tags, and get no campaigns",
            "transactional": "new contacts are stored as contacts who never subscribed, and get no campaigns",
            "do_not_add": "no contacts are added; only contacts who are already in the audience are updated",
        },
    ),
    "resubscribe": Box(
        "Contacts who opted back in",
        "What happens to contacts who unsubscribed or were archived when your data says "
        "that they agreed again since. Each stream needs the opt-in column and the column with the time of "
        "the answer. An answer that is older than the contact's last change in Mailchimp is not used.",
        {
            "never": "they stay as they are, whatever your data says",
            "ask": (
                "Mailchimp sends one confirmation email per answer; contacts who click the link get campaigns again"
            ),
            "with_newer_consent": "they get campaigns again at once if Mailchimp allows it. Contacts who "
            "unsubscribed themselves can only be asked",
        },
    ),
    "automations": Box(
        "Active automations and customer journeys",
        "What happens if an active automation starts when a contact subscribes, or gets "
        "a tag or group that this connection writes. Customer journeys are read with an undocumented API "
        "call that may not answer.",
        {
            "warn": "the log names these automations before the first record, and a dry run says how "
            "many contacts would enter each",
            "stop": "the sync stops before the first record, also if Mailchimp does not say which journeys are active",
        },
    ),
    "streams": Box(
        "Per-stream settings",
        "Leave this empty to sync every stream to the audience above, with columns "
        "matched by name. Add an entry for a stream that needs other settings. As soon as one stream has an "
        "entry, every stream needs one, so that no table is synced by mistake.",
    ),
    "streams.stream": Box(
        "Stream", "The name of the stream, as shown on the connection page.", examples=("customers",)
    ),
    "streams.namespace": Box("Namespace", "Needed only if two streams have the same name.", examples=("public",)),
    "streams.audience": Box(
        "Audience for this stream", "Name or ID. Leave it empty to use the audience above.", examples=("Newsletter",)
    ),
    "streams.email_field": Box(
        "Email column",
        "Detected automatically if named email, e-mail, email_address, mail or email_id.",
        examples=("contact_email",),
    ),
    "streams.fields": Box(
        "Field mapping",
        "Which column goes to which field in Mailchimp. Columns named like a merge field need no entry.",
    ),
    "streams.fields.column": Box(
        "Column",
        "A column, or a path into an object. Join several columns with a plus sign between spaces.",
        examples=("first_name", "address.city", "first_name + last_name"),
    ),
    "streams.fields.target": Box(
        "Mailchimp field",
        "A merge tag, a part of an address (ADDRESS.city), language, vip, email_type, location.latitude, "
        "group:Category/Name, group:Category for a column that holds a list, or permission:Text.",
        examples=("FNAME", "ADDRESS.city", "group:Interests/Tea", "permission:Email"),
    ),
    "streams.fields.write": Box(
        "When to write the value",
        ('If you choose nothing, "When your data and Mailchimp differ" also applies to this field.'),
        {
            "always": "your value replaces the one in Mailchimp",
            "if_empty": "your value is written only if Mailchimp has none",
            "only_new": (
                "your value is written only when the sync adds the contact; later changes are made in Mailchimp"
            ),
        },
    ),
    "streams.ignore_fields": Box(
        "Columns to exclude",
        ("These columns are never sent to Mailchimp, even if their names match a merge field."),
        examples=("salary",),
    ),
    "streams.external_id": Box(
        "External ID",
        "The column with your ID for the contact and the merge field to keep it in, as "
        "column -> MERGE TAG. With an external ID, a contact whose email address changes stays the same "
        "contact, with history and consent. Without it, a new address is a new contact. Each sync reads the "
        "whole audience.",
        examples=("customer_id -> CRMID",),
        extra={"pattern": r"^(.*\S.*->.*\S.*)?$", "pattern_descriptor": "column -> MERGE TAG"},
    ),
    "streams.tags": Box("Tags", "Every contact in this stream gets these tags.", examples=("customer",)),
    "streams.tags_field": Box(
        "Tags column",
        ("A column with tags for each contact: a list, or text separated by commas or semicolons."),
        examples=("labels",),
    ),
    "streams.tags_mode": Box(
        "Tags no longer on the record",
        choices={
            "add": "tags are only added, never removed. This is the default",
            "replace_owned": "tags are removed if they are among the owned tags below; all other tags stay",
        },
    ),
    "streams.owned_tags": Box(
        "Owned tags",
        ("Tags that only this stream manages, or a prefix followed by *. Used with replace_owned."),
        examples=("crm-*", "customer"),
    ),
    "streams.mirror_tag": Box(
        "List tag (mirror)",
        "Set this if the stream is always a complete list. Every contact in the stream "
        'gets this tag, and a contact with the tag who is no longer in the stream has left the list; "When '
        'a contact drops off a mirrored list" decides what happens then. No one is removed unless the full '
        "list was received. Use the tag for nothing else.",
        examples=("list-vip-customers",),
    ),
    "streams.list_size_field": Box(
        "List size column",
        (
            "A column that holds the number of rows of the whole list in every row, so that "
            "an incomplete list is noticed."
        ),
        examples=("list_size",),
    ),
    "streams.opt_in_field": Box(
        "Opt-in column",
        "Whether this contact agreed to be emailed. Yes: a new contact gets the status "
        "chosen above. No: a new contact is not added, and the next setting decides about one who is "
        "subscribed. Empty or unreadable: the contact is not added, and no status changes. For a column "
        "whose yes means no, such as unsubscribed, use the opt-out column.",
        examples=("newsletter", "accepts_marketing"),
    ),
    "streams.opt_in_no": Box(
        "When the opt-in column says no",
        "What happens to a contact who is subscribed in Mailchimp.",
        {
            "unsubscribe": "<b>they are unsubscribed</b>. This is the default. Counts towards max_removals_percent",
            "leave": "they stay subscribed. Use it for a checkbox that is off by default, where no "
            "only means that the contact has not agreed yet",
        },
    ),
    "streams.opt_out_field": Box(
        "Opt-out column",
        "A column whose <b>yes means no</b>, such as HasOptedOutOfEmail, "
        "hs_email_optout, unsubscribed_at or do_not_email. Yes, or a time: the contact is not added, and is "
        "unsubscribed if subscribed. No or empty: nothing happens. Unreadable, or not in the record: the "
        "contact is not added, and no status changes.",
        examples=("HasOptedOutOfEmail", "unsubscribed_at"),
    ),
    "streams.consent_time_field": Box(
        "Time of the opt-in answer",
        "When the contact answered. Required to resubscribe contacts.",
        examples=("newsletter_changed_at",),
    ),
    "streams.deleted_field": Box(
        "Deletion column",
        (
            "A column that is true, or holds a time, if the record was deleted in your "
            "source. _ab_cdc_deleted_at is detected automatically."
        ),
        examples=("deleted_at",),
    ),
    "removal": Box(
        "When a record is deleted in your source",
        "What happens to a contact whose record is deleted.",
        {
            "keep": "nothing",
            "remove_tags": "the contact stays and loses the tags of the stream",
            "unsubscribe": "the contact is unsubscribed, and must sign up again to get campaigns",
            "archive": "the contact is archived with its data and no longer billed; contacts who opted "
            "out stay as they are, so that the opt-out is kept",
            "delete_permanently": "the contact and its history are erased, and only the contact can sign up again. "
            "Must be confirmed below",
        },
    ),
    "confirm_permanent_deletion": Box(
        "Confirm permanent deletion",
        ("Type: delete permanently. The sync stops before it erases more than 1% of the audience."),
        extra={"pattern": "^(delete permanently)?$", "pattern_descriptor": "delete permanently"},
    ),
    "mirror_removal": Box(
        "When a contact drops off a mirrored list",
        "What happens to contacts who are no longer in a stream that has a list tag.",
        {
            "remove_tags": "the contact stays and loses the list tag",
            "unsubscribe": "the contact is unsubscribed, unless it is in another mirrored list",
            "archive": ("the contact is archived and no longer billed, unless it is in another mirrored list"),
        },
    ),
    "max_removals_percent": Box(
        "Stop if more than this share of contacts would be removed (%)",
        "Counts deleted records, contacts who left a list, opt-outs from the opt-in or "
        "opt-out column, and contacts archived after a change of address. The sync stops before the limit is "
        "exceeded. Up to ten contacts are always allowed.",
    ),
    "conflict": Box(
        "When your data and Mailchimp differ",
        choices={
            "source_wins": "your value replaces the one in Mailchimp",
            "mailchimp_wins": "only empty fields are filled; values that contacts or marketers entered stay",
        },
    ),
    "empty_values": Box(
        "When a value is empty in your data",
        choices={
            "ignore": "the value in Mailchimp stays",
            "clear": "the value in Mailchimp is cleared",
        },
    ),
    "duplicates": Box(
        "Several records for the same contact",
        choices={
            "last": "records are applied in the order in which they arrive, so the last one wins",
            "first": "the first record is used; of the others only an opt-out counts",
        },
    ),
    "unmapped_fields": Box(
        "Columns without a mapping",
        choices={
            "match": "synced to the merge field with the same tag or name, if the audience has one",
            "ignore": "are not sent",
            "create": "like match, and missing merge fields are created",
        },
    ),
    "required_fields": Box(
        "Required merge fields",
        choices={
            "ignore": "fields that your sign-up form requires may stay empty for synced contacts",
            "enforce": "a record without a value for a required field is rejected",
        },
    ),
    "invalid_values": Box(
        "Values Mailchimp would reject (e.g. an invalid birthday)",
        choices={
            "reject_value": "the contact is synced without the value, and the log reports it",
            "reject_record": "the whole record is rejected",
        },
    ),
    "dry_run": Box(
        "Dry run",
        "Reads and plans everything, and reports which contacts would be added, updated, "
        "held or removed. Nothing is written, and the next sync receives the same records again.",
        extra=SHOWN,
    ),
    "max_members": Box(
        "Maximum audience size",
        "No contacts are added once the audience has this many; existing contacts are "
        "still updated. Set it to the number that your Mailchimp plan includes.",
        examples=(5000,),
    ),
    "max_rejected_percent": Box(
        "Fail the sync if more than this share of records is rejected (%)",
        "A sync always fails if every record of a stream is rejected.",
    ),
    "max_connections": Box(
        "Simultaneous requests",
        "Mailchimp allows ten per user, shared with all other integrations of that user.",
    ),
    "object_storage_config": Box(
        "Rejected, held and duplicate records",
        ("Where to keep these records. Each is kept with its columns, the reason, the field and Mailchimp's answer."),
    ),
    "keep_changes": Box(
        "Keep a list of all changes",
        "Keeps every change of the sync, with the value before and after, in the "
        "location chosen above, so that the sync can be undone. The list holds personal data. Requires Local "
        "or S3.",
    ),
    "object_storage_config:None": Box("None"),
    "object_storage_config:Local": Box("Local files"),
    "object_storage_config:Local.path": Box(
        "Folder", "In a container, a folder under /local.", examples=("/local/mailchimp-rejected",)
    ),
    "object_storage_config:S3": Box("S3"),
    "object_storage_config:S3.access_key_id": Box(
        "Access key ID", "Leave it empty to use the credentials of the machine.", extra=SECRET | SHOWN
    ),
    "object_storage_config:S3.secret_access_key": Box("Secret access key", extra=SECRET | SHOWN),
    "object_storage_config:S3.role_arn": Box("Role ARN", extra=HIDDEN),
    "object_storage_config:S3.s3_bucket_name": Box("Bucket", examples=("rejected-records",)),
    "object_storage_config:S3.s3_bucket_region": Box("Region", examples=("eu-central-1",), extra=SHOWN),
    "object_storage_config:S3.s3_endpoint": Box(
        "Endpoint", "Only for S3-compatible services other than Amazon S3.", examples=("https://minio.example.com",)
    ),
    "object_storage_config:S3.bucket_path": Box("Path in the bucket", examples=("mailchimp/",), extra=SHOWN),
    "object_storage_config:S3.compression": Box("Compression", extra=HIDDEN),
    "object_storage_config:S3.compression:No Compression": Box("No compression"),
    "object_storage_config:S3.compression:GZIP": Box("GZIP"),
    "object_storage_config:S3.path_format": Box("Path format", extra=HIDDEN),
    "object_storage_config:S3.file_name_format": Box("File name format", extra=HIDDEN),
}
FORMAT = {
    "format": Box("File format"),
    "format:CSV": Box("CSV"),
    "format:JSONL": Box("JSONL"),
    "format:CSV.flattening": Box(
        "Columns",
        choices={
            "Root level flattening": "one column per column of the record",
            "No flattening": "the record as JSON in one column",
        },
    ),
    "format:JSONL.flattening": Box(
        "Columns",
        choices={
            "Root level flattening": "the record's columns at the top of each line",
            "No flattening": "the record as an object within each line",
        },
    ),
}
for kind in ("Local", "S3"):
    BOXES |= {f"object_storage_config:{kind}.{key}": box for key, box in FORMAT.items()}
