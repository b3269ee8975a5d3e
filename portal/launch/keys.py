"""Passwords and keys of one data directory: made once, kept in `secrets.json`, readable by its owner only."""

from __future__ import annotations

import base64
import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path

from portal.launch.failure import Failure


def _password() -> str:
    return secrets.token_urlsafe(24)


def _credential_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


@dataclass(frozen=True)
class Keys:
    """What is secret about one data directory."""

    postgres: str = field(default_factory=_password)
    owner: str = field(default_factory=_password)
    app: str = field(default_factory=_password)
    broker: str = field(default_factory=_password)
    secret_key: str = field(default_factory=lambda: secrets.token_urlsafe(50))
    credential_keys: str = field(default_factory=_credential_key)


def keys_of(data_dir: Path) -> Keys:
    """Read the secrets of a data directory; the first time, make them."""
    path = data_dir / "secrets.json"
    if not path.exists():
        _write(path, Keys())
    try:
        return Keys(**json.loads(path.read_text()))
    except (ValueError, TypeError):
        raise Failure(f"{path} is damaged: restore it from a backup, or move {data_dir} away to start afresh.") from None


def _write(path: Path, keys: Keys) -> None:
    # Written whole beside its place and moved there, so that a crash cannot leave half a file.
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(asdict(keys), file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
