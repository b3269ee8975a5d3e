"""How timeghost says no. Neither of its documents describes an error, so these are plausible ones."""

from starlette.responses import Response

from integrations.sandbox.exchange import JsonAnswer, Refusal


class Refused(Refusal):
    """A request that timeghost refuses."""

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        """Refuse with a status, in words a person understands."""
        super().__init__(message)
        self.status, self.message, self.headers = status, message, headers

    def answer(self) -> Response:
        """Return the refusal in timeghost's form."""
        return JsonAnswer({"message": self.message}, status_code=self.status, headers=self.headers)


def not_found(what: str) -> Refused:
    """Return the refusal for a record that does not exist, or not for this person."""
    return Refused(404, f"{what} not found")


def invalid(message: str) -> Refused:
    """Return the refusal for input that does not fit."""
    return Refused(400, message)
