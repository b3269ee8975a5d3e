"""PostgreSQL refuses to run as root. As root it gets another account, without adding one or opening a directory."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from portal.launch.failure import Failure

BOUNDING_SET = Path("/proc/self/status")
# The first lets it enter and read; the second also write, so that one is taken only where the first is missing.
CAPABILITIES = {"dac_read_search": 1 << 2, "dac_override": 1 << 1}


@dataclass(frozen=True)
class Account:
    """Whom the server runs as; `uid` is our own when we are not root."""

    uid: int
    gid: int

    def owns(self, path: Path) -> bool:
        return path.stat().st_uid == self.uid

    def may_enter(self, directory: Path) -> bool:
        """Say whether the permission bits let this account walk through a directory."""
        found = directory.stat()
        if found.st_uid == self.uid:
            return bool(found.st_mode & stat.S_IXUSR)
        if found.st_gid == self.gid:
            return bool(found.st_mode & stat.S_IXGRP)
        return bool(found.st_mode & stat.S_IXOTH)

    def reaches(self, path: Path) -> bool:
        """Say whether it may walk all the way to a path."""
        return all(self.may_enter(parent) for parent in path.resolve().parents)


def account_for(directory: Path) -> Account:
    """Choose who owns and serves `directory`: ourselves, or as root its owner so far, or `nobody`."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    owner = directory.stat() if directory.exists() else None
    if owner and owner.st_uid:
        return Account(owner.st_uid, owner.st_gid)
    return nobody()


def nobody() -> Account:
    """Return the account that owns nothing."""
    entry = pwd.getpwnam("nobody")
    return Account(entry.pw_uid, entry.pw_gid)


def prefix_for(account: Account, directory: Path) -> list[str]:
    """Return the words to put before a command so that it runs as `account` and reaches `directory`."""
    if os.geteuid() != 0:
        return []
    if not shutil.which("setpriv"):
        raise Failure("PostgreSQL may not run as root and `setpriv` is missing: install util-linux, or run as an ordinary user.")
    drop = ["setpriv", f"--reuid={account.uid}", f"--regid={account.gid}", "--clear-groups"]
    if account.reaches(directory):
        return [*drop, "--"]
    name = _capability(directory)
    return [*drop, f"--inh-caps=+{name}", f"--ambient-caps=+{name}", "--"]


def _capability(directory: Path) -> str:
    line = next(line for line in BOUNDING_SET.read_text().splitlines() if line.startswith("CapBnd:"))
    held = int(line.split()[1], 16)
    for name, bit in CAPABILITIES.items():
        if held & bit:
            return name
    raise Failure(f"PostgreSQL may not run as root, and other accounts may not enter {directory}: set DATA_DIR to where they may.")
