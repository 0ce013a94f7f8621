"""The form: every setting of the destination, its words and its rules. `spec.json` is generated from here."""

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from source_destination_mailchimp.airbyte.credentials import Credentials
from source_destination_mailchimp.airbyte.problems import Problem
from source_destination_mailchimp.airbyte.settings import Form

CONFIRMATION = "delete permanently"

NewMemberStatus = Literal["subscribed", "pending", "unsubscribed", "transactional", "do_not_add"]
Resubscribe = Literal["never", "ask", "with_newer_consent"]
Removal = Literal["keep", "remove_tags", "unsubscribe", "archive", "delete_permanently"]
MirrorRemoval = Literal["remove_tags", "keep", "unsubscribe", "archive"]
TagsMode = Literal["add", "replace_owned", "replace_all"]


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
    path_format: str = "{sync_id}/{namespace}/{stream_name}/"
    file_name_format: str = "{date}_{timestamp}_{part_number}{format_extension}"


class StreamSettings(Form):
    """What one stream needs beyond the defaults."""

    stream: str = Field(min_length=1)
    namespace: str | None = None
    audience: str | None = None
    email_field: str | None = None
    fields: tuple[str, ...] = ()
    ignore_fields: tuple[str, ...] = ()
    external_id: str | None = None
    tags: tuple[str, ...] = ()
    tags_field: str | None = None
    tags_mode: TagsMode = "add"
    owned_tags: tuple[str, ...] = ()
    mirror_tag: str | None = None
    list_size_field: str | None = None
    opt_in_field: str | None = None
    consent_time_field: str | None = None
    deleted_field: str | None = None

    @field_validator("namespace", "audience", "email_field", "external_id", "tags_field", "mirror_tag")
    @classmethod
    def _blank_is_none(cls, value: str | None) -> str | None:
        return value or None

    @field_validator("list_size_field", "opt_in_field", "consent_time_field", "deleted_field")
    @classmethod
    def _blank_field_is_none(cls, value: str | None) -> str | None:
        return value or None

    @model_validator(mode="after")
    def _owned_tags_go_with_their_mode(self) -> Self:
        if self.tags_mode == "replace_owned" and not self.owned_tags:
            raise Problem(
                "owned_tags", "required for tags_mode replace_owned", "Name the tags that this stream may take off."
            )
        if self.owned_tags and self.tags_mode != "replace_owned":
            raise Problem(
                "owned_tags", "does nothing unless tags_mode is replace_owned", "Choose that mode, or remove it."
            )
        if self.list_size_field and not self.mirror_tag:
            raise Problem("list_size_field", "does nothing without mirror_tag", "Set mirror_tag, or remove it.")
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
    max_rejected_percent: float = Field(default=100, ge=0, le=100)
    dry_run: bool = False
    max_connections: int = Field(default=5, ge=1, le=10)
    streams: tuple[StreamSettings, ...] = ()

    @model_validator(mode="after")
    def _deleting_is_confirmed(self) -> Self:
        if self.removal == "delete_permanently" and self.confirm_permanent_deletion != CONFIRMATION:
            raise Problem(
                "confirm_permanent_deletion",
                "required for removal delete_permanently: people deleted that way can never be added again",
                f'Enter the words "{CONFIRMATION}".',
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
                    f"required for resubscribe {self.resubscribe}: only a consent that is newer than the opt-out may "
                    "bring somebody back",
                    "Name the column with the time of the answer.",
                )
        return self
