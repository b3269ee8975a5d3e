"""Makes `.venv` and installs the pinned packages, when something about them has changed."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

from portal.launch.failure import Failure
from portal.launch.locks import try_lock
from portal.launch.processes import Child, Processes
from portal.launch.settings import require_space

RUN, DEVELOP = "requirements.txt", "requirements-dev.txt"
LONGEST = 600.0


def venv_python(root: Path) -> Path:
    """Return the interpreter of the checkout's own environment."""
    return root / ".venv" / "bin" / "python"


def inside_venv(root: Path) -> bool:
    """Say whether we run in it."""
    return Path(sys.prefix).resolve() == (root / ".venv").resolve()


def ensure_packages(root: Path, processes: Processes, requirements: str = RUN) -> None:
    """Install what `requirements` pins, unless that was done with this Python before."""
    with (root / requirements).open() as pinned:
        # Somebody else may be starting in the same checkout, on another data directory.
        processes.wait_for(lambda: try_lock(pinned), LONGEST)
        if _is_current(root, requirements):
            return
        if not _venv_serves(root):
            _make_venv(root, processes)
        print(f"Installing the packages of {requirements} into .venv: this takes about half a minute, once.", flush=True)
        command = [str(venv_python(root)), "-m", "pip", "install", "--no-input", "--disable-pip-version-check", "-r", requirements]
        child = processes.start("install", command, dict(os.environ), serves=False)
        if processes.finish(child):
            raise Failure(f"A package could not be installed: {_reason(child)}")
        # The development packages hold those of the portal, at the same versions.
        for done in {requirements, RUN}:
            mark_installed(root, done)


def mark_installed(root: Path, requirements: str) -> None:
    """Remember that these very requirements are installed."""
    _stamp(root, requirements).write_text(_fingerprint(root, requirements))


def _make_venv(root: Path, processes: Processes) -> None:
    require_space(root)
    child = processes.start("venv", [sys.executable, "-m", "venv", "--clear", ".venv"], dict(os.environ), serves=False)
    if processes.finish(child):
        words = child.words()
        cure = "install python3-venv (as root: apt-get install python3-venv)" if "ensurepip" in words else "see above"
        raise Failure(f".venv could not be made: {cure}; more in {child.log}.")


def _reason(child: Child) -> str:
    errors = [line for line in child.words().splitlines() if line.lower().startswith("error:")]
    reason = errors[-1][len("error:") :].strip(" .") if errors else child.last_lines(1).strip()
    return f"{reason}. Check the network and pip's settings, then run it again (more in {child.log})."


def _venv_serves(root: Path) -> bool:
    cfg = root / ".venv" / "pyvenv.cfg"
    if not (venv_python(root).exists() and cfg.exists()):
        return False
    made_by = next((line.split("=")[1].strip() for line in cfg.read_text().splitlines() if line.startswith("version")), "")
    return made_by.split(".")[:2] == [str(part) for part in sys.version_info[:2]]


def _is_current(root: Path, requirements: str) -> bool:
    stamp = _stamp(root, requirements)
    return venv_python(root).exists() and stamp.exists() and stamp.read_text() == _fingerprint(root, requirements)


def _stamp(root: Path, requirements: str) -> Path:
    return root / ".venv" / f"installed-{requirements}"


def _fingerprint(root: Path, requirements: str) -> str:
    pinned = (root / requirements).read_bytes()
    # The path counts: a moved .venv has scripts that point to where it was.
    return hashlib.sha256(b"\0".join([pinned, repr(sys.version_info[:2]).encode(), os.fsencode(root)])).hexdigest()
