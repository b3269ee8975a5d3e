"""What `make run` can be told, from the environment and `.env`, checked before anything is started."""

from __future__ import annotations

import base64
import binascii
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from portal.launch.dotenv import read_dotenv
from portal.launch.failure import Failure, first_line

ROOT = Path(__file__).resolve().parents[2]
LEAST_SPACE = 300 * 1024 * 1024
ADDRESSES = (
    "BASE_URL",
    "SANDBOX_URL",
    "HUBSTAFF_API_URL",
    "HUBSTAFF_ACCOUNT_URL",
    "TIMEGHOST_API_URL",
    "MICROSOFT_LOGIN_URL",
)
DATABASES = ("postgres", "postgresql")
BROKERS = ("amqp", "amqps", "redis", "rediss", "pgmq")


@dataclass(frozen=True)
class Settings:
    """The launcher's own settings; `given` is everything the environment and `.env` said."""

    root: Path
    data_dir: Path
    host: str
    port: int | None
    sandbox_port: int | None
    database_url: str | None
    broker_url: str | None
    given: Mapping[str, str]

    @property
    def logs(self) -> Path:
        return self.data_dir / "logs"


def read_settings(environment: Mapping[str, str], root: Path = ROOT) -> Settings:
    """Read and check every setting; the environment wins over `.env`, and an empty value in either counts as not set."""
    given = {name: value for source in (read_dotenv(root / ".env"), environment) for name, value in source.items() if value}
    for name in ADDRESSES:
        _check(given, name, _is_web_address, "an address such as https://example.org")
    _check(given, "DATABASE_URL", _has_scheme(DATABASES), "an address such as postgresql://admin:password@localhost:5432/timebridge")
    _check(given, "CELERY_BROKER_URL", _has_scheme(BROKERS), "an address such as redis://localhost:6379/0 or amqp://localhost")
    _check(given, "CREDENTIAL_KEYS", _are_keys, "urlsafe base64 keys of 32 bytes, separated by commas")
    return Settings(
        root=root,
        data_dir=root / Path(given.get("DATA_DIR") or ".data").expanduser(),
        host=given.get("HOST") or "127.0.0.1",
        port=_port(given, "PORT"),
        sandbox_port=_port(given, "SANDBOX_PORT"),
        database_url=given.get("DATABASE_URL") or None,
        broker_url=given.get("CELERY_BROKER_URL") or None,
        given=given,
    )


def claim_data_dir(data_dir: Path) -> None:
    """Make the data directory, or say in one line why it does not serve."""
    try:
        if not data_dir.exists():
            data_dir.mkdir(parents=True)
            # Entered by the account of PostgreSQL, listed by nobody else; what is secret inside is closed by itself.
            data_dir.chmod(0o711)
        with tempfile.TemporaryFile(dir=data_dir):
            pass
        (data_dir / "logs").mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or first_line(error)).lower()
        raise Failure(f"The data directory {data_dir} cannot be written ({reason}): set DATA_DIR to one that can.") from None
    require_space(data_dir)


def require_space(directory: Path) -> None:
    """Refuse to begin on a full disk: PostgreSQL and pip fail there halfway and unclearly."""
    free = shutil.disk_usage(directory).free
    if free < LEAST_SPACE:
        raise Failure(
            f"The disk of {directory} has only {free >> 20} MB free, {LEAST_SPACE >> 20} MB are needed: "
            "make room, or set DATA_DIR to a directory on another disk."
        )


def _port(given: Mapping[str, str], name: str) -> int | None:
    value = given.get(name, "").strip()
    if not value:
        return None
    if not (value.isascii() and value.isdigit() and 1 <= int(value) <= 65535):
        raise Failure(f"{name}={value} is not a port: give a number from 1 to 65535, or leave it unset.")
    return int(value)


def _check(given: Mapping[str, str], name: str, test: Callable[[str], bool], wanted: str) -> None:
    # The value is not repeated: several of these hold passwords.
    if given.get(name) and not test(given[name]):
        raise Failure(f"{name} is not {wanted}: mend it, or leave it unset.")


def _has_scheme(schemes: tuple[str, ...]) -> Callable[[str], bool]:
    return lambda value: any(value.startswith(f"{scheme}://") for scheme in schemes) and _parses(value)


def _is_web_address(value: str) -> bool:
    return _has_scheme(("http", "https"))(value) and bool(urlsplit(value).hostname)


def _parses(value: str) -> bool:
    try:
        return urlsplit(value).port != 0
    except ValueError:
        return False


def _are_keys(value: str) -> bool:
    try:
        return all(len(base64.urlsafe_b64decode(key.strip())) == 32 for key in value.split(","))
    except (binascii.Error, ValueError):
        return False
