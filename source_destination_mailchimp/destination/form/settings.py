"""The form: every setting of the destination, its words and its rules. `spec.json` is generated from here."""

from typing import Annotated, Literal, Self, assert_never

from pydantic import AfterValidator, Field, model_validator

from source_destination_mailchimp.airbyte.credentials import Credentials
from source_destination_mailchimp.airbyte.problems import Problem
from source_destination_mailchimp.airbyte.settings import Form
from source_destination_mailchimp.destination.form.field_mapping import FieldMapping, OptionalMappingBox
from source_destination_mailchimp.mailchimp.members import MOST_CONNECTIONS

CONFIRMATION = "delete permanently"

PATH_FORMAT = "{sync_id}/{namespace}/{stream_name}/"
FILE_NAME_FORMAT = "{date}_{timestamp}_{part_number}{format_extension}"
"""Where files of rejected records go unless the form says otherwise; `storing/naming.py` knows the placeholders."""

NewMemberStatus = Literal["subscribed", "pending", "unsubscribed", "transactional", "do_not_add"]
Resubscribe = Literal["never", "ask", "with_newer_consent"]
Removal = Literal["keep", "remove_tags", "unsubscribe", "archive", "delete_permanently"]
MirrorRemoval = Literal["remove_tags", "unsubscribe", "archive"]
OptInNo = Literal["unsubscribe", "leave"]
TagsMode = Literal["add", "replace_owned"]


def _none_if_blank(text: str | None) -> str | None:
    """Return None for a box that was left empty: the platform sends one as ""."""
    return text or None


OptionalText = Annotated[str | None, AfterValidator(_none_if_blank)]


class NoStore(Form):
    """Rejected records are counted, and not kept."""

    storage_type: Literal["None"] = "None"


class CsvFormat(Form):
    """One column per column of the record."""

    format_type: Literal["CSV"] = "CSV"
    flattening: Literal["No flattening", "Root level flattening"] = "Root level flattening"


class JsonlFormat(Form):
    """One JSON object per line."""

    format_type: Literal["JSONL"] = "JSONL"
    flattening: Literal["No flattening", "Root level flattening"] = "Root level flattening"


OutputFormat = Annotated[CsvFormat | JsonlFormat, Field(discriminator="format_type")]


class LocalStore(Form):
    """Files in a folder of the machine, or of the container, that runs the sync."""

    storage_type: Literal["Local"] = "Local"
    path: str = Field(min_length=1)
    format: OutputFormat = CsvFormat()


class NoCompression(Form):
    """Files as they are."""

    compression_type: Literal["No Compression"] = "No Compression"


class Gzip(Form):
    """Files compressed with gzip."""

    compression_type: Literal["GZIP"] = "GZIP"


class S3Store(Form):
    """Objects in a bucket of Amazon S3, or of anything that speaks its language."""

    storage_type: Literal["S3"] = "S3"
    access_key_id: str | None = Field(default=None, repr=False)
    secret_access_key: str | None = Field(default=None, repr=False)
    role_arn: str | None = None
    s3_bucket_name: str
    s3_bucket_region: str = ""
    s3_endpoint: str | None = None
    bucket_path: str = ""
    format: OutputFormat = CsvFormat()
    compression: Annotated[NoCompression | Gzip, Field(discriminator="compression_type")] = NoCompression()
    path_format: str = PATH_FORMAT
    file_name_format: str = FILE_NAME_FORMAT


class StreamSettings(Form):
    """What one stream needs beyond the defaults."""

    stream: str = Field(min_length=1)
    namespace: OptionalText = None
    audience: OptionalText = None
    email_field: OptionalText = None
    fields: tuple[FieldMapping, ...] = ()
    ignore_fields: tuple[str, ...] = ()
    external_id: OptionalMappingBox = None
    tags: tuple[str, ...] = ()
    tags_field: OptionalText = None
    tags_mode: TagsMode = "add"
    owned_tags: tuple[str, ...] = ()
    mirror_tag: OptionalText = None
    list_size_field: OptionalText = None
    opt_in_field: OptionalText = None
    opt_in_no: OptInNo = "unsubscribe"
    opt_out_field: OptionalText = None
    consent_time_field: OptionalText = None
    deleted_field: OptionalText = None

    @property
    def mappings(self) -> tuple[FieldMapping, ...]:
        """Every mapping of the stream, that of its external id last."""
        if self.external_id is None:
            return self.fields
        return (*self.fields, self.external_id)

    @property
    def sets_tags(self) -> bool:
        """Whether records of the stream put tags on people."""
        return any((self.tags, self.tags_field, self.mirror_tag))

    @model_validator(mode="after")
    def _owned_tags_go_with_their_mode(self) -> Self:
        match self.tags_mode:
            case "replace_owned":
                if not self.owned_tags:
                    raise Problem(
                        "owned_tags",
                        "required for tags_mode: replace_owned",
                        "Name the tags that this stream may remove.",
                    )
            case "add":
                if self.owned_tags:
                    raise Problem(
                        "owned_tags",
                        "has no effect unless tags_mode is replace_owned",
                        "Choose that mode, or remove it.",
                    )
            case _:
                assert_never(self.tags_mode)
        return self

    @model_validator(mode="after")
    def _list_size_goes_with_a_mirror(self) -> Self:
        if self.list_size_field and not self.mirror_tag:
            raise Problem("list_size_field", "has no effect without mirror_tag", "Set mirror_tag, or remove it.")
        return self


class Settings(Form):
    """Everything a user can set."""

    credentials: Credentials
    audience: str = Field(min_length=1)
    new_member_status: NewMemberStatus
    resubscribe: Resubscribe = "never"
    removal: Removal = "keep"
    confirm_permanent_deletion: str | None = None
    mirror_removal: MirrorRemoval = "remove_tags"
    max_removals_percent: float = Field(default=10, ge=0, le=100)
    max_members: int | None = Field(default=None, ge=0)
    conflict: Literal["source_wins", "mailchimp_wins"] = "source_wins"
    empty_values: Literal["ignore", "clear"] = "ignore"
    duplicates: Literal["last", "first"] = "last"
    unmapped_fields: Literal["match", "ignore", "create"] = "match"
    required_fields: Literal["ignore", "enforce"] = "ignore"
    invalid_values: Literal["reject_value", "reject_record"] = "reject_value"
    object_storage_config: Annotated[NoStore | LocalStore | S3Store, Field(discriminator="storage_type")] = NoStore()
    keep_changes: bool = False
    automations: Literal["warn", "stop"] = "warn"
    max_rejected_percent: float = Field(default=100, ge=0, le=100)
    dry_run: bool = False
    max_connections: int = Field(default=5, ge=1, le=MOST_CONNECTIONS)
    streams: tuple[StreamSettings, ...] = ()

    @property
    def deletes_permanently(self) -> bool:
        """Whether deleted records erase people, who can then never be added again."""
        match self.removal:
            case "delete_permanently":
                return True
            case "keep" | "remove_tags" | "unsubscribe" | "archive":
                return False
            case _:
                assert_never(self.removal)

    @model_validator(mode="after")
    def _deleting_is_confirmed(self) -> Self:
        if self.deletes_permanently and self.confirm_permanent_deletion != CONFIRMATION:
            raise Problem(
                "confirm_permanent_deletion",
                ("required for removal: delete_permanently, because these contacts can never be added again"),
                f'Enter the words "{CONFIRMATION}".',
            )
        return self

    @model_validator(mode="after")
    def _changes_are_kept_somewhere(self) -> Self:
        if self.keep_changes and isinstance(self.object_storage_config, NoStore):
            raise Problem(
                "keep_changes",
                "needs a location for the list of changes",
                "Choose Local or S3 in object_storage_config, or switch keep_changes off.",
            )
        return self

    @model_validator(mode="after")
    def _resubscribing_has_dated_consent(self) -> Self:
        if self.resubscribe == "never":
            return self
        for index, entry in enumerate(self.streams):
            if entry.opt_in_field and not entry.consent_time_field:
                raise Problem(
                    f"streams[{index}].consent_time_field",
                    f"required for resubscribe {self.resubscribe}: contacts are resubscribed only by "
                    "a consent that is newer than their opt-out",
                    "Name the column that holds the time of the answer.",
                )
        return self
