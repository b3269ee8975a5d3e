"""What `manage.py` is told where the environment says nothing: what the processes of `make run` were told."""

from __future__ import annotations

from collections.abc import Mapping

from portal.launch.failure import Failure
from portal.launch.locks import running_environment
from portal.launch.settings import read_settings

READ_CODE_ALONE = {"catalogue", "help", "--help", "-h", "--version", "version"}
NOWHERE = {
    "SECRET_KEY": "nothing is signed",
    "DATABASE_URL": "postgresql://nobody@localhost:1/nowhere",
    "DATABASE_OWNER_URL": "postgresql://nobody@localhost:1/nowhere",
    "CELERY_BROKER_URL": "pgmq://nobody@localhost:1/nowhere",
    "DEMONSTRATION": "1",
}
"""Enough for commands that reach nothing."""


def told(environment: Mapping[str, str], words: list[str]) -> dict[str, str]:
    """What has to be added to the environment; nothing where an operator has set it up. Raises `Failure` for settings that cannot be,
    and where nothing runs that the command could act on."""
    settings = read_settings(environment)
    if settings.given.get("SECRET_KEY"):
        return {}
    running = running_environment(settings.data_dir) if settings.data_dir.is_dir() else None
    if not running and not READ_CODE_ALONE & set(words):
        raise Failure(
            "Nothing runs here, and SECRET_KEY is not set: start `make run` first, or set up the environment as docs/production.md says."
        )
    return {name: value for name, value in (running or NOWHERE).items() if name not in settings.given}
