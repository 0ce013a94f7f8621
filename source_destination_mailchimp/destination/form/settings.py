"""The form: every setting of the destination, its words and its rules. `spec.json` is generated from here."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from source_destination_mailchimp.mailchimp.errors import Misconfigured

CONFIRMATION = "delete permanently"

NewMemberStatus = Literal["subscribed", "pending", "unsubscribed", "transactional", "do_not_add"]
Resubscribe = Literal["never", "ask", "with_newer_consent"]
Removal = Literal["keep", "remove_tags", "unsubscribe", "archive", "delete_permanently"]
MirrorRemoval = Literal["remove_tags", "keep", "unsubscribe", "archive"]
TagsMode = Literal["add", "replace_owned", "replace_all"]


class Form(BaseModel):
    """A part of the form; a key that it does not have is an error, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class OAuth(Form):
    """Signed in to Mailchimp through Airbyte."""

    auth_type: Literal["oauth2.0"] = "oauth2.0"
    access_token: str = Field(repr=False)
    client_id: str | None = Field(default=None, repr=False)
    client_secret: str | None = Field(default=None, repr=False)


class ApiKey(Form):
    """An API key of a Mailchimp user."""

    auth_type: Literal["apikey"] = "apikey"
    apikey: str = Field(repr=False)


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
            raise ValueError(
                "owned_tags is needed for tags_mode replace_owned: name the tags this stream may take off."
            )
        if self.owned_tags and self.tags_mode != "replace_owned":
            raise ValueError("owned_tags does nothing unless tags_mode is replace_owned.")
        if self.list_size_field and not self.mirror_tag:
            raise ValueError("list_size_field does nothing without mirror_tag.")
        return self


class Settings(Form):
    """Everything a user can set."""

    credentials: Annotated[OAuth | ApiKey, Field(discriminator="auth_type")]
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
            raise ValueError(
                f'confirm_permanent_deletion must be the words "{CONFIRMATION}" for removal delete_permanently: '
                "people deleted that way can never be added again."
            )
        return self

    @model_validator(mode="after")
    def _resubscribing_has_dated_consent(self) -> Self:
        if self.resubscribe == "never":
            return self
        for index, entry in enumerate(self.streams):
            if entry.opt_in_field and not entry.consent_time_field:
                raise ValueError(
                    f"streams[{index}].consent_time_field is needed for resubscribe {self.resubscribe}: "
                    "only a consent that is newer than the opt-out may bring somebody back."
                )
        return self


def parse(config: Mapping[str, Any]) -> Settings:
    """The form as typed settings; raises `Misconfigured` with one sentence per wrong key."""
    try:
        return Settings.model_validate({k: v for k, v in config.items() if not k.startswith("__")})
    except ValidationError as error:
        sentences = [_sentence(problem) for problem in error.errors(include_url=False, include_input=False)]
        raise Misconfigured(" ".join(dict.fromkeys(sentences))) from None


_UNIONS = {"credentials", "object_storage_config", "format", "compression"}
_UNION_LABELS = {"oauth2.0", "apikey", "None", "Local", "S3", "CSV", "JSONL", "No Compression", "GZIP"}


def _sentence(problem: Any) -> str:
    """One problem that pydantic found, in words that name the key; never the value, which may be a secret."""
    kind, context, path = problem["type"], problem.get("ctx") or {}, _path(problem)
    if kind == "value_error":
        text = str(context.get("error"))
        return f"{path}: {text}" if path else text
    if kind.startswith("union_tag"):
        discriminator = str(context.get("discriminator", "")).strip("'")
        return (
            f"{path}.{discriminator} must be one of {context.get('expected_tags', 'the kinds that the form offers')}."
        )
    known = {
        "missing": f"{path} is missing.",
        "extra_forbidden": f"{path} is not a setting of this connector. Remove it, or check how it is spelled.",
        "literal_error": f"{path} must be one of {context.get('expected')}.",
        "string_too_short": f"{path} is empty.",
    }
    return known.get(kind, f"{path}: {problem['msg']}.")


def _path(problem: Any) -> str:
    """Where in the form a problem is, as a user writes it: `streams[0].fields[2]`."""
    parts = list(problem["loc"])
    path = ""
    for position, part in enumerate(parts):
        if isinstance(part, int):
            path += f"[{part}]"
        elif not (position and parts[position - 1] in _UNIONS and part in _UNION_LABELS):
            path += f".{part}" if path else str(part)
    return path
