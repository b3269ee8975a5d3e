"""What went wrong, in one line that also says how to mend it."""

from __future__ import annotations

from typing import Final

BAD_INPUT: Final = 2
BROKE_DOWN: Final = 1


class Failure(Exception):
    """Ends the launcher: its text goes to stderr as it is, without a traceback."""

    def __init__(self, message: str, code: int = BAD_INPUT) -> None:
        super().__init__(message)
        self.code = code


class StopRequested(Exception):
    """Somebody pressed Ctrl-C or sent a signal: end everything, quietly."""


def first_line(error: BaseException) -> str:
    """Return the first line of an error's text: drivers like to add hints and tracebacks below it."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
