"""How Hubstaff says no: {code, error_code, error}, with the number ranges of its contract."""

from enum import Enum

from starlette.responses import Response

from integrations.sandbox.exchange import JsonAnswer, Refusal


class Problem(Enum):
    """What can be wrong: number, word, HTTP status, description. The ranges are Hubstaff's, the numbers in them are a guess."""

    UNAUTHORIZED = (10001, "unauthorized", 401, "The access token is missing or not valid")
    TOKEN_EXPIRED = (10002, "token_expired", 401, "The access token has expired")
    INSUFFICIENT_SCOPE = (10003, "insufficient_scope", 403, "The access token lacks a scope")
    FORBIDDEN = (10004, "forbidden", 403, "The user may not do this")
    INVALID = (11001, "invalid_params", 400, "A parameter does not fit")
    MISSING = (11002, "missing_params", 400, "A required parameter is missing")
    STALE_LOCK_VERSION = (11003, "stale_lock_version", 400, "The record was changed since it was read")
    READ_ONLY = (11006, "read_only", 400, "The record belongs to an integration or is archived")
    INVITE_ACCEPTED = (11007, "invite_accepted", 400, "An accepted invite can no longer be changed or deleted")
    NOT_FOUND = (12001, "not_found", 404, "There is no such record, or none that the user may see")
    RATE_LIMIT = (13001, "rate_limit_exceeded", 429, "Too many requests of one application in an hour")
    NOTE_REQUIRED = (14001, "note_required", 400, "The organization asks for a reason for manual time")
    NOT_TRACKABLE = (14002, "not_trackable", 400, "The user cannot track time on the project")
    INVALID_TIME = (14003, "invalid_time", 400, "The time is not possible")
    APPROVAL_REQUIRED = (14004, "approval_required", 400, "Manual time that needs approval cannot be added")
    INTERNAL = (15001, "internal_error", 500, "Something went wrong over there")

    @property
    def number(self) -> int:
        """The numeric error code."""
        return self.value[0]

    @property
    def word(self) -> str:
        """The legacy error code."""
        return self.value[1]

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.value[2]

    @property
    def description(self) -> str:
        """What it means, for the list of error codes."""
        return self.value[3]


class Refused(Refusal):
    """A request that Hubstaff refuses."""

    def __init__(self, problem: Problem, error: str, headers: dict[str, str] | None = None) -> None:
        """Refuse because of a problem, in words a person understands."""
        super().__init__(error)
        self.problem, self.error, self.headers = problem, error, headers

    def answer(self) -> Response:
        """Return the refusal in Hubstaff's form."""
        body = {"code": self.problem.word, "error_code": self.problem.number, "error": self.error}
        return JsonAnswer(body, status_code=self.problem.status, headers=self.headers)


def not_found() -> Refused:
    """Return the refusal for a record that does not exist, or not for this person."""
    return Refused(Problem.NOT_FOUND, "Could not find record")


def forbidden() -> Refused:
    """Return the refusal for a person without the right."""
    return Refused(Problem.FORBIDDEN, "You do not have permission to do this")
