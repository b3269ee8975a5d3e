"""People at the sandbox, and waiting for what the workers make of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx
from django.conf import settings
from django.utils import timezone

from portal.organizations.scope import scope

PATIENCE = timedelta(minutes=5)
PAUSE = 0.2


class Stopped(RuntimeError):
    """What was played could not go on; the message says where it stopped and why."""


def do(path: str, **body: object) -> dict[str, Any]:
    """Has somebody do something over there, by the sandbox's back door; gives what it answers. Raises `Stopped`."""
    try:
        answer = httpx.post(f"{settings.SANDBOX_URL}/control{path}", json=body, timeout=30)
    except httpx.TransportError as error:
        raise Stopped(f"The sandbox does not answer at {settings.SANDBOX_URL}: {error}. `make run` starts one.") from error
    if answer.is_error:
        raise Stopped(f"The sandbox answered {answer.status_code} to {path}: {answer.text[:200]}")
    done: dict[str, Any] = answer.json()
    return done


def find_portal() -> None:
    """Raises `Stopped` where the portal's pages do not answer."""
    try:
        httpx.get(f"{settings.BASE_URL}/healthz", timeout=10)
    except httpx.TransportError as error:
        raise Stopped(f"The portal does not answer at {settings.BASE_URL}: {error}. `make run` starts it.") from error


def wait_until(what: str, is_so: Callable[[], bool], pause: float = PAUSE) -> None:
    """Looks again and again until it is so, each time in a scope of its own. Raises `Stopped` when patience runs out."""
    for _ in _until_patience_runs_out(pause):
        with scope():
            if is_so():
                return
    raise Stopped(f"Waited {PATIENCE.seconds // 60} minutes until {what}. Does the worker run? `/healthz` tells.")


def _until_patience_runs_out(pause: float) -> Iterator[None]:
    end = timezone.now() + PATIENCE
    while timezone.now() < end:
        yield
        time.sleep(pause)
