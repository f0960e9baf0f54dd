"""The tree of errors: each class has an HTTP status, a safe sentence for strangers and a reason for logs and counters.

    CoopFedError                    (little_boxes.errors.Error)
    ├── ConfigError                 the operator must change a setting
    ├── StorageError                the database did not take or give something
    │   ├── Busy                    503: the write lock was not to be had in time
    │   ├── Unstorable              400: a value that no database takes, however often it is tried
    │   └── SchemaMismatch          the database is older or newer than this program
    ├── BadMessage                  400 (also little_boxes BadActivityError)
    │   ├── TooLarge                413
    │   └── UnsupportedType         415
    ├── Unauthenticated             401: signature absent, bad or stale
    ├── Forbidden                   403: a valid signature without authority
    ├── NotFound                    404 (also little_boxes ActivityNotFoundError)
    │   └── Gone                    410
    ├── Unavailable                 503: try again later
    ├── Overtaken                   409: somebody else changed it at the same moment
    ├── Conflict                    409: what is asked for cannot be now; `details` say what can
    │   ├── AlreadyExists           409: there is one already
    │   └── MembershipLoop          409: the umbrella is itself below the member
    ├── TooMany                     429: wait before you try again
    ├── InvalidInput                422: what a member or a client sent is wrong
    │   └── InvalidFields           422: which fields, and why each
    └── FetchError                  a remote document could not be had
        ├── AddressRefused          the address may not be dialled
        └── RemoteGone              the remote answered 410 (or 404, see `status`)

The text given to the constructor is the true one, for the log; `safe` is what a stranger may read.
What an arriving activity is refused for *after* it was accepted is no HTTP status but an outcome: see `coopfed.outcomes`.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, ClassVar

from little_boxes import errors as base


class CoopFedError(base.Error):
    """Root of every error this program raises on purpose."""

    status_code: int = 500
    safe: ClassVar[str] = "Something went wrong on this server."
    reason: str = "internal"

    def __init__(self, message: str, *, reason: str | None = None, payload: dict[str, Any] | None = None) -> None:
        super().__init__(message, payload=payload)
        # little_boxes' base calls Exception.__init__() without the message, so str() would be empty.
        self.args = (message,)
        if reason is not None:
            self.reason = reason

    def __str__(self) -> str:
        return str(self.args[0])


class ConfigError(CoopFedError):
    """A setting is missing, unknown or contradicts another one; the message says which and what to do."""

    reason = "config"


class StorageError(CoopFedError):
    """The database refused or failed; nothing of the unit of work was stored."""

    status_code = 503
    safe = "The server cannot store this right now. Please try again."
    reason = "storage"


class Busy(StorageError):
    """The write lock was not to be had in time; nothing was stored and the same call may succeed later."""

    reason = "busy"


class Unstorable(StorageError):
    """A value is longer or larger than the database takes: a bound is missing where it was read. To try again changes nothing."""

    status_code = 400
    safe = "Something in this is too long or too large to be stored."
    reason = "unstorable"


class SchemaMismatch(StorageError):
    """The database's schema is not the one this program was written for; the message names the command that helps."""

    reason = "schema"


class BadMessage(CoopFedError, base.BadActivityError):
    """The bytes are not a message: no JSON, no object, too deep, a member of a wrong kind."""

    status_code = 400
    safe = "The message is malformed."
    reason = "malformed"


class TooLarge(BadMessage):
    """More bytes than `coopfed.limits` allows."""

    status_code = 413
    safe = "The message is too large."
    reason = "too_large"


class UnsupportedType(BadMessage):
    """A content type or content encoding that this door does not read."""

    status_code = 415
    safe = "The media type is not supported here."
    reason = "unsupported_type"


class Unauthenticated(CoopFedError):
    """No valid signature or token; `reason` names what failed and is told to the sender."""

    status_code = 401
    safe = "The request is not authenticated."
    reason = "unauthenticated"


class Forbidden(CoopFedError, base.ActorBlockedError):
    """Authenticated, but without authority for this."""

    status_code = 403
    safe = "This is not allowed."
    reason = "forbidden"


class InsufficientScope(Forbidden):
    """The token holds none of the `scopes` of which one is needed. Source: RFC 6750 3.1."""

    reason = "insufficient_scope"

    def __init__(self, *scopes: str) -> None:
        super().__init__(f"the token lacks the scope {' or '.join(scopes)}")
        self.scopes = scopes


class PeerBlocked(Forbidden):
    """The host is blocked here (or not on the list of those that are allowed): nothing is taken from it, nothing asked of it."""

    reason = "peer_blocked"


class NotFound(CoopFedError, base.ActivityNotFoundError):
    """Not here, or the reader may not know that it is here."""

    status_code = 404
    safe = "There is nothing here."
    reason = "not_found"


class Gone(NotFound):
    """It was here and was deleted."""

    status_code = 410
    safe = "This was deleted."
    reason = "gone"


class Unavailable(CoopFedError):
    """Something this answer depends on is not reachable now; the sender should try again after `retry_after` seconds."""

    status_code = 503
    safe = "The server cannot do this right now. Please try again."
    reason = "unavailable"

    def __init__(self, message: str, *, reason: str | None = None, retry_after: int = 30) -> None:
        super().__init__(message, reason=reason)
        self.retry_after = retry_after


class Overtaken(CoopFedError):
    """Somebody else changed the same thing at the same moment; whoever asks again sees how it is now."""

    status_code = 409
    safe = "Conflict during update, please try again"
    reason = "overtaken"


class Conflict(CoopFedError):
    """A rule forbids it as things stand; `reason` names which, `details` say what stands instead. Source: API contract 1."""

    status_code = 409
    safe = "This is not possible now."
    reason = "invalid_state"

    def __init__(self, message: str, *, reason: str | None = None, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message, reason=reason)
        self.details = details or {}


class AlreadyExists(Conflict):
    """There is one already, of which there can be but one."""

    safe = "There is one already."
    reason = "already_exists"


class MembershipLoop(Conflict):
    """The umbrella is, directly or through others, a member of the member."""

    safe = "The umbrella is itself a member of this cooperative."
    reason = "membership_loop"


class TooMany(CoopFedError):
    """Asked for too often; it may be tried again after `seconds`."""

    status_code = 429
    safe = "Too many requests"
    reason = "rate_limited"

    def __init__(self, message: str, *, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds


class InvalidInput(CoopFedError):
    """A member or a client sent something that cannot be taken; the message is for them and says what to change."""

    status_code = 422
    safe = "Something in the request is not valid."
    reason = "invalid"


class Fault(StrEnum):
    """Why a field cannot be taken. Source: API contract 1."""

    BLANK = "ERR_BLANK"
    INVALID = "ERR_INVALID"
    TOO_LONG = "ERR_TOO_LONG"
    UNKNOWN_CODE = "ERR_UNKNOWN_CODE"
    IN_PAST = "ERR_IN_PAST"


class InvalidFields(InvalidInput):
    """Several fields may be wrong: `faults` are those of each."""

    reason = "validation_failed"

    def __init__(self, faults: Mapping[str, Sequence[Fault]]) -> None:
        super().__init__("; ".join(f"{field}: {', '.join(found)}" for field, found in faults.items()))
        self.faults = faults


class FetchError(CoopFedError):
    """A remote document could not be had. `status` is the peer's answer, or None when there was none."""

    status_code = 502
    safe = "The other server could not be reached."
    reason = "fetch_failed"

    def __init__(
        self, message: str, *, reason: str | None = None, status: int | None = None, retry_after: int | None = None
    ) -> None:
        super().__init__(message, reason=reason)
        self.status = status
        self.retry_after = retry_after

    @property
    def temporary(self) -> bool:
        """Whether the same request may succeed later: no answer, or one of 408, 425, 429, 5xx."""
        return self.status is None or self.status in (408, 425, 429) or self.status >= 500


class AddressRefused(FetchError):
    """The address may not be dialled (private network, reserved name, port or scheme not allowed)."""

    reason = "address_refused"

    @property
    def temporary(self) -> bool:
        """Never: the rule will be the same next time."""
        return False


class RemoteGone(FetchError):
    """The peer says that the document does not exist (404) or no longer does (410)."""

    reason = "remote_gone"
