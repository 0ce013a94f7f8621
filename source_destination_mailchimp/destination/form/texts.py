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

CREDENTIALS_HELP = "The Mailchimp user behind it must be allowed to manage contacts: Manager, Admin or Owner."

SECRET = {"airbyte_secret": True}
HIDDEN = {"airbyte_hidden": True}
SHOWN = {"always_show": True}

BOXES: dict[str, Box] = {
    "audience": Box(
        "Audience",
        "The audience people go to, by its exact name or by its ID (in Mailchimp: Audience, Settings, Audience ID). "
        "If there is none of that name, the connection test lists those there are.",
        examples=("Customers", "a1b2c3d4e5"),
    ),
    "new_member_status": Box(
        "People who are not in the audience yet",
        "This decides who gets mail, so nothing is chosen for you. People who are in the audience keep their status.",
        {
            "subscribed": "they get your campaigns from now on. Only for people who agreed to that. Where the "
            "audience asks for double opt-in, the sync stops and asks you to choose pending",
            "pending": "Mailchimp mails each of them once and asks; whoever clicks gets your campaigns",
            "unsubscribed": "they are stored with their data and tags, and get no campaigns",
            "transactional": "they are stored as contacts who never subscribed, and get no campaigns",
            "do_not_add": "nobody new is added; only people who are there already get the data",
        },
    ),
    "resubscribe": Box(
        "People who left and agreed again",
        "What happens to somebody who unsubscribed or was archived when your data says that they agreed since. Needs, "
        "per stream, the opt-in column and the column with the time of the answer; an answer older than their last "
        "change in Mailchimp brings nobody back.",
        {
            "never": "they stay out, whatever your data says",
            "ask": "Mailchimp mails them once per answer and asks; whoever clicks gets campaigns again",
            "with_newer_consent": "they get campaigns again at once where Mailchimp allows it. People who "
            "unsubscribed themselves can only be asked",
        },
    ),
    "automations": Box(
        "Active automations and customer journeys",
        "When one of the audience starts for contacts who subscribe, or for a tag or group that this connection "
        "writes. Journeys come from a call that Mailchimp does not document; it may not answer.",
        {
            "warn": "the log names them before the first record, and a dry run says how many contacts each would take "
            "in",
            "stop": "the sync stops before the first record, also if Mailchimp does not say which journeys are active",
        },
    ),
    "streams": Box(
        "Settings for single streams",
        "Leave it empty and every stream goes to the audience above, with columns matched by name. Add an entry for a "
        "stream that needs something else. Once there is one entry, each stream needs one: a table nobody meant to "
        "send would fill the audience with strangers.",
    ),
    "streams.stream": Box("Stream", "Its name as on the connection's page.", examples=("customers",)),
    "streams.namespace": Box("Namespace", "Needed only where two streams have one name.", examples=("public",)),
    "streams.audience": Box("Another audience", "Name or ID, if these people go elsewhere.", examples=("Newsletter",)),
    "streams.email_field": Box(
        "E-mail column",
        "Found by itself if it is called email, e-mail, email_address, mail or email_id.",
        examples=("contact_email",),
    ),
    "streams.fields": Box(
        "Field mapping",
        "Which column goes to which field in Mailchimp. Columns with the name of a merge field are matched without an "
        "entry.",
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
        'If you choose nothing, "Your data and Mailchimp differ" decides for this field too.',
        {
            "always": "your value replaces the one in Mailchimp",
            "if_empty": "only where Mailchimp has no value; what is there stays",
            "only_new": "only when this sync adds the contact; later changes stay in Mailchimp's hands",
        },
    ),
    "streams.ignore_fields": Box("Columns that stay here", "Never sent, whatever they match.", examples=("salary",)),
    "streams.external_id": Box(
        "Your own ID",
        "Column -> merge tag. With it, somebody whose address changed keeps being one person in Mailchimp, with "
        "history and consent; without it a new address is a new person. Costs a read of the whole audience per sync.",
        examples=("customer_id -> CRMID",),
        extra={"pattern": r"^(.*\S.*->.*\S.*)?$", "pattern_descriptor": "column -> MERGE TAG"},
    ),
    "streams.tags": Box("Tags", "Everybody in this stream gets them.", examples=("customer",)),
    "streams.tags_field": Box(
        "Tags column", "A list, or a text with commas or semicolons: each person's own tags.", examples=("labels",)
    ),
    "streams.tags_mode": Box(
        "Tags that a record does not name any more",
        choices={
            "add": "stay; tags are only put on. This is what happens if you choose nothing",
            "replace_owned": "come off if they are among the owned tags below; the marketers' own tags stay",
        },
    ),
    "streams.owned_tags": Box(
        "Owned tags",
        "Tags that this stream alone looks after, or a beginning with *. Only for replace_owned.",
        examples=("crm-*", "customer"),
    ),
    "streams.mirror_tag": Box(
        "Tag, if this stream is a complete list",
        "A tag kept for this list alone. Everybody in the stream carries it, and whoever carries it and is no longer "
        "in the stream has left: what becomes of them is set below. Nobody is taken for gone unless the whole list "
        "was seen.",
        examples=("list-vip-customers",),
    ),
    "streams.list_size_field": Box(
        "Column with the size of the list",
        "Holds the number of rows of the whole list in every row, so that a cut list is noticed.",
        examples=("list_size",),
    ),
    "streams.opt_in_field": Box(
        "Opt-in column",
        "Whether this contact agreed to be emailed. Yes: a new contact gets the status chosen above. No: a new contact "
        "is not added, and the next setting decides about one who is subscribed. Empty or unreadable: nobody is added "
        "and nobody's status changes. Columns whose yes means no, such as unsubscribed, belong in the opt-out column.",
        examples=("newsletter", "accepts_marketing"),
    ),
    "streams.opt_in_no": Box(
        "When the opt-in column says no",
        "What happens to a contact who is subscribed in Mailchimp.",
        {
            "unsubscribe": "<b>they are unsubscribed</b>. This is what happens if you choose nothing. Counted by the "
            "removal limit",
            "leave": "they stay subscribed. For a checkbox that is off by default and only means that nobody agreed "
            "yet",
        },
    ),
    "streams.opt_out_field": Box(
        "Opt-out column",
        "A column whose <b>yes means no</b>, such as HasOptedOutOfEmail, hs_email_optout, unsubscribed_at or "
        "do_not_email. Yes, or a time: the contact is not added, and is unsubscribed if subscribed. No or empty: asks "
        "nothing. Unreadable, or not in the record: nobody is added and nobody's status changes.",
        examples=("HasOptedOutOfEmail", "unsubscribed_at"),
    ),
    "streams.consent_time_field": Box(
        "Time of the opt-in answer",
        "When the person said so. Needed to bring anybody back.",
        examples=("newsletter_changed_at",),
    ),
    "streams.deleted_field": Box(
        "Deletion column",
        "True, or a time, in records of people who were deleted in your system. _ab_cdc_deleted_at is known by itself.",
        examples=("deleted_at",),
    ),
    "removal": Box(
        "Somebody was deleted in your system",
        "What happens in Mailchimp to people whose record carries a deletion mark.",
        {
            "keep": "nothing",
            "remove_tags": "they lose the tags of their stream and stay",
            "unsubscribe": "they get no campaigns any more; to come back they must sign up themselves",
            "archive": "they are put away with their data and no longer billed; people who opted out are left as they "
            "are, so that the opt-out is not forgotten",
            "delete_permanently": "they and their history are erased and can never be added again by anybody but "
            "themselves. Must be confirmed below",
        },
    ),
    "confirm_permanent_deletion": Box(
        "Confirm permanent deletion",
        "Type: delete permanently. The sync then stops as soon as more than one percent would be erased.",
        extra={"pattern": "^(delete permanently)?$", "pattern_descriptor": "delete permanently"},
    ),
    "mirror_removal": Box(
        "Somebody is no longer in a list",
        "What happens to people who left a stream that has a mirror tag.",
        {
            "remove_tags": "they lose the list's tag and stay",
            "unsubscribe": "they get no campaigns any more, unless they are in another mirrored list",
            "archive": "they are put away and no longer billed, unless they are in another mirrored list",
        },
    ),
    "max_removals_percent": Box(
        "Stop when more people than this would go (percent)",
        "Counts removals, people who left a list, opt-outs by the opt-in or opt-out column and contacts archived "
        "by a change of address. The sync stops before it takes one person more. Ten people always pass.",
    ),
    "conflict": Box(
        "Your data and Mailchimp differ",
        choices={
            "source_wins": "your value replaces the one in Mailchimp",
            "mailchimp_wins": "only empty fields are filled; what people or marketers entered stays",
        },
    ),
    "empty_values": Box(
        "A value is empty in your data",
        choices={
            "ignore": "the value in Mailchimp stays",
            "clear": "the value in Mailchimp is cleared",
        },
    ),
    "duplicates": Box(
        "Several records of one person",
        choices={
            "last": "applied in the order they came, so that the last one stays",
            "first": "the first one counts, the others are reported",
        },
    ),
    "unmapped_fields": Box(
        "Columns that you did not map",
        choices={
            "match": "go to the merge field of the same tag or name, if there is one",
            "ignore": "are not sent",
            "create": "as match, and a missing merge field is made",
        },
    ),
    "required_fields": Box(
        "Merge fields that your sign-up form requires",
        choices={
            "ignore": "may stay empty for people from your data",
            "enforce": "must be filled, or the person is rejected",
        },
    ),
    "invalid_values": Box(
        "A value Mailchimp would refuse, such as a birthday that is none",
        choices={
            "reject_value": "the value is left out and reported, the person is sent",
            "reject_record": "the person is rejected",
        },
    ),
    "dry_run": Box(
        "Dry run",
        "Reads and plans everything and reports who would be added, changed, held or removed. Nothing is written, and "
        "the same records come again in the next sync.",
        extra=SHOWN,
    ),
    "max_members": Box(
        "Most contacts in the audience",
        "The audience never grows past this number through this connector; people who are there keep being updated. "
        "Set it to what your Mailchimp plan includes.",
        examples=(5000,),
    ),
    "max_rejected_percent": Box(
        "Fail when more records than this are rejected (percent)",
        "A stream of which everything was rejected always fails.",
    ),
    "max_connections": Box(
        "Simultaneous requests",
        "Mailchimp allows ten per user, shared with every other integration of that user.",
    ),
    "object_storage_config": Box(
        "Rejected, held and duplicate records",
        "Each is kept with its own columns, the reason, the field and what Mailchimp said.",
    ),
    "keep_changes": Box(
        "Keep a list of all changes",
        "Writes down every change of the run with the value before and after, in the place chosen above, so that the "
        "run can be undone. The list holds personal data. Needs Local or S3.",
    ),
    "object_storage_config:None": Box("None"),
    "object_storage_config:Local": Box("Local files"),
    "object_storage_config:Local.path": Box(
        "Folder", "In a container it must be under /local.", examples=("/local/mailchimp-rejected",)
    ),
    "object_storage_config:S3": Box("S3"),
    "object_storage_config:S3.access_key_id": Box(
        "Access key ID", "Empty: the credentials of the machine are used.", extra=SECRET | SHOWN
    ),
    "object_storage_config:S3.secret_access_key": Box("Secret access key", extra=SECRET | SHOWN),
    "object_storage_config:S3.role_arn": Box("Role ARN", extra=HIDDEN),
    "object_storage_config:S3.s3_bucket_name": Box("Bucket", examples=("rejected-records",)),
    "object_storage_config:S3.s3_bucket_region": Box("Region", examples=("eu-central-1",), extra=SHOWN),
    "object_storage_config:S3.s3_endpoint": Box(
        "Endpoint", "For a service other than Amazon's.", examples=("https://minio.example.com",)
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
