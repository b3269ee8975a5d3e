"""What the processes are told: the contract between the launcher and `portal/settings.py`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from urllib.parse import urlsplit

from portal.launch.database import DatabaseAddresses
from portal.launch.keys import Keys
from portal.launch.settings import Settings

# Taken from the caller for the system's sake; everything else of ours in his environment stays out of a test.
SYSTEM = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "TERM", "TMPDIR", "DISPLAY", "CI")
# Where the sandbox plays which provider, and the OAuth clients that it knows at its sign-ins.
PROVIDERS = {
    "HUBSTAFF_API_URL": "/hubstaff",
    "HUBSTAFF_ACCOUNT_URL": "/hubstaff-account",
    "TIMEGHOST_API_URL": "/timeghost/api",
    "MICROSOFT_LOGIN_URL": "/entra",
}
CLIENTS = {
    "HUBSTAFF_ACCOUNT_URL": {"HUBSTAFF_CLIENT_ID": "timebridge-sandbox", "HUBSTAFF_CLIENT_SECRET": "sandbox-secret"},
    "MICROSOFT_LOGIN_URL": {"MICROSOFT_CLIENT_ID": "timebridge-sandbox-entra", "MICROSOFT_CLIENT_SECRET": "sandbox-secret"},
}
# More than anybody needs: the sandbox turns nobody away, unless somebody switches that on.
LIMITS = {"HUBSTAFF_API_URL": "hubstaff=100000/3600", "TIMEGHOST_API_URL": "timeghost=100000/60"}


def environment(settings: Settings, keys: Keys, addresses: DatabaseAddresses, port: int, sandbox_port: int) -> dict[str, str]:
    """Return the whole environment of a child process. What the operator set wins, except for the database's roles."""
    return {
        **_defaults(settings, keys, port, sandbox_port),
        "CELERY_BROKER_URL": addresses.broker,
        **settings.given,
        "DATABASE_URL": addresses.app,
        "DATABASE_OWNER_URL": addresses.owner,
        "DATA_DIR": str(settings.data_dir),
        "PORT": str(port),
        "SANDBOX_PORT": str(sandbox_port),
        "PYTHONUNBUFFERED": "1",
    }


def unhurried(told: Mapping[str, str]) -> dict[str, str]:
    """Return the same for a demonstration that has a sandbox to itself: it need not save calls, unless the operator says so."""
    played = [limit for name, limit in LIMITS.items() if told[name].startswith(told["SANDBOX_URL"])]
    return {"RATE_LIMITS": ",".join(played), **told}


def system_environment() -> dict[str, str]:
    """Return the caller's environment without anything that could change what Timebridge does."""
    return {name: value for name, value in os.environ.items() if name in SYSTEM or name.startswith("TEST_")}


def _defaults(settings: Settings, keys: Keys, port: int, sandbox_port: int) -> dict[str, str]:
    sandbox = settings.given.get("SANDBOX_URL") or f"http://127.0.0.1:{sandbox_port}"
    providers = {name: f"{sandbox}{path}" for name, path in PROVIDERS.items()}
    return {
        "DEBUG": "0",
        "DEMONSTRATION": "1",
        "BASE_URL": f"http://localhost:{port}",
        "SECRET_KEY": keys.secret_key,
        "CREDENTIAL_KEYS": keys.credential_keys,
        "TASK_QUEUE": "timebridge",
        "SANDBOX_URL": sandbox,
        "OUTGOING_HOSTS": urlsplit(sandbox).netloc,  # events may be delivered to it, although it is no public address
        **providers,
        **_clients({**providers, **settings.given}, providers),
    }


def _clients(addresses: Mapping[str, str], sandbox: Mapping[str, str]) -> dict[str, str]:
    """Return the OAuth clients that the sandbox knows, for the sign-ins that it plays: a real provider would refuse them."""
    played = [name for name in CLIENTS if addresses[name].rstrip("/") == sandbox[name].rstrip("/")]
    return {name: value for address in played for name, value in CLIENTS[address].items()}
