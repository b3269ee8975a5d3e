"""Reads `.env`: NAME=VALUE lines, quotes where wanted, comments, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

from portal.launch.failure import Failure, first_line

LINE = re.compile(
    r"""\s* (?:export\s+)? (?P<name>[A-Za-z_][A-Za-z0-9_]*) \s*=\s*
        (?: '(?P<single>[^']*)' | "(?P<double>[^"]*)" | (?P<bare>[^'"\#\s](?:[^\#]|(?<!\s)\#)*)? )
        \s* (?:\#.*)?""",
    re.VERBOSE,
)


def read_dotenv(path: Path) -> dict[str, str]:
    """Return what the file sets; without a file, nothing."""
    if not path.exists():
        return {}
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(f"{path} cannot be read ({first_line(error)}): mend or remove it.") from None
    return dict(_setting(path, number, line) for number, line in enumerate(lines, 1) if _says_something(line))


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _setting(path: Path, number: int, line: str) -> tuple[str, str]:
    match = LINE.fullmatch(line)
    if not match:
        # The line itself is not shown: it may hold a secret.
        raise Failure(f'{path}, line {number}: not of the form NAME=VALUE or NAME="VALUE": mend or remove it.')
    value = next((found for found in match.group("single", "double", "bare") if found is not None), "")
    return match["name"], value.strip() if match["bare"] else value
