"""Mailchimp's refusals: one exception, and the glossary of what it can say."""

from collections.abc import Sequence
from typing import Any, NamedTuple

GLOSSARY_URL = "https://mailchimp.com/developer/marketing/docs/errors/"
INVALID = "Invalid Resource"
SEE_ERRORS = "The resource submitted could not be validated. For field-specific details, see the 'errors' array."


class FieldError(NamedTuple):
    """One entry of a refusal's errors[]."""

    field: str
    message: str


class Problem(Exception):
    """A refusal; `typed` is False for the 400s that real Mailchimp sends without a `type` (observed)."""

    def __init__(
        self,
        status: int,
        title: str,
        detail: str,
        errors: Sequence[FieldError] = (),
        *,
        typed: bool = True,
        allow: str = "",
    ) -> None:
        super().__init__(f"{status} {title}: {detail}")
        self.status = status
        self.title = title
        self.detail = detail
        self.errors = tuple(errors)
        self.typed = typed
        self.allow = allow

    def document(self, instance: str) -> dict[str, Any]:
        """The body of the answer: RFC 9457 with Mailchimp's `errors`."""
        body: dict[str, Any] = {"type": GLOSSARY_URL} if self.typed else {}
        body.update(title=self.title, status=self.status, detail=self.detail, instance=instance)
        if self.errors:
            body["errors"] = [{"field": error.field, "message": error.message} for error in self.errors]
        return body


def invalid(detail: str, *errors: FieldError) -> Problem:
    """400 Invalid Resource."""
    return Problem(400, INVALID, detail, errors)


def invalid_fields(*errors: FieldError) -> Problem:
    """400 Invalid Resource whose detail points at the errors array."""
    return Problem(400, INVALID, SEE_ERRORS, errors)


def bad_request(detail: str) -> Problem:
    """400 Bad Request."""
    return Problem(400, "Bad Request", detail)


def not_found() -> Problem:
    """404 Resource Not Found."""
    return Problem(404, "Resource Not Found", "The requested resource could not be found.")


def invalid_path() -> Problem:
    """404 for a path that the API does not have (observed)."""
    return Problem(404, "Resource Not Found", "Invalid path")


def method_not_allowed(allow: str) -> Problem:
    """405 with the methods that the resource takes (documented)."""
    detail = (
        "The requested method and resource are not compatible. "
        "See the Allow header for this resource's available methods."
    )
    return Problem(405, "Method Not Allowed", detail, allow=allow)


def member_exists(address: str) -> Problem:
    """The address is in the audience already (observed, without a type)."""
    detail = f"{address} is already a list member. Use PUT to insert or update list members."
    return Problem(400, "Member Exists", detail, typed=False)


def in_compliance_state(address: str, *, on_add: bool) -> Problem:
    """The person left by themselves, bounced or is under review; POST and PUT word it differently (observed)."""
    start = "is already a list member in compliance state" if on_add else "is in a compliance state"
    detail = f"{address} {start} due to unsubscribe, bounce, or compliance review and cannot be subscribed."
    return Problem(400, "Member In Compliance State", detail, typed=False)


def must_opt_in_again(address: str) -> Problem:
    """The newer wording of the compliance refusal, in use in production elsewhere (observed)."""
    detail = f"{address} has previously unsubscribed from this list and must opt in again."
    return Problem(400, "Member In Compliance State", detail, typed=False)


def forgotten(address: str, *, is_newer: bool = False) -> Problem:
    """The address was deleted for good (observed, without a type); both wordings are in use in production."""
    if is_newer:
        newer = (
            f"{address} was previously removed from this audience. "
            "To rejoin, they'll need to sign up using a Mailchimp form."
        )
        return Problem(400, "Forgotten Email Not Subscribed", newer, typed=False)
    detail = (
        f"{address} was permanently deleted and cannot be re-imported. "
        "The contact must re-subscribe to get back on the list."
    )
    return Problem(400, "Forgotten Email Not Subscribed", detail, typed=False)


KEY_MISSING = (401, "API Key Missing", "Your request did not include an API key.")
KEY_INVALID = (
    401,
    "API Key Invalid",
    "Your API key may be invalid, or you've attempted to access the wrong datacenter.",
)
KEYS_CONFLICT = (
    401,
    "API Key Invalid",
    "The API key included in the query parameters is not consistent with the Authorization header. "
    "Please provide authorization using a single method.",
)
TOO_MANY = (429, "Too Many Requests", "You have exceeded the limit of 10 simultaneous connections.")
DEEP_ERROR = (
    500,
    "Internal Server Error",
    "A deep, internal error has occurred during the processing of your request. Please contact support.",
)

# What X-Trigger-Error can ask for: the glossary's names (documented; names of rows marked * are inferred).
TRIGGERS: dict[str, tuple[int, str, str]] = {
    "BadRequest": (400, "Bad Request", "Your request could not be processed."),
    "InvalidAction": (400, "Invalid Action", "The action requested was not valid for this resource."),
    "InvalidResource": (400, INVALID, "The resource submitted could not be validated."),
    "JSONParseError": (400, "JSON Parse Exception", "We encountered an unspecified JSON parsing error."),
    "APIKeyMissing": KEY_MISSING,
    "APIKeyInvalid": KEY_INVALID,
    "Forbidden": (403, "Forbidden", "You are not permitted to access this resource."),
    "UserDisabled": (403, "User Disabled", "This account has been deactivated."),
    "WrongDatacenter": (403, "Forbidden", "The API key provided is linked to datacenter 'us6'"),
    "AuthorizationFailure": (
        403,
        "Authorization Failure",
        "User does not have access to the requested operation",
    ),
    "ResourceNotFound": (404, "Resource Not Found", "The requested resource could not be found."),
    "MethodNotAllowed": (
        405,
        "Method Not Allowed",
        "The requested method and resource are not compatible. "
        "See the Allow header for this resource's available methods.",
    ),
    "ResourceNestingTooDeep": (
        414,
        "Resource Nesting Too Deep",
        "The sub-resource requested is nested too deeply.",
    ),
    "InvalidMethodOverride": (
        422,
        "Invalid Method Override",
        "You can only use the X-HTTP-Method-Override header with the POST method.",
    ),
    "UpgradeRequired": (426, "Upgrade Required", "Please make your request via HTTPS rather than HTTP"),
    "TooManyRequests": TOO_MANY,
    "InternalServerError": DEEP_ERROR,
    "ServiceUnavailable": (503, "Service Unavailable", "The service is temporarily unavailable."),
}
