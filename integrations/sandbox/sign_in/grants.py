"""What a person allowed an application: codes, access tokens and refresh tokens, tied together by their grant."""

import secrets
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from integrations.sandbox.kinds import ACCESS_TOKEN, CODE, REFRESH_TOKEN, Kind
from integrations.sandbox.store import Body, Store

CODE_LIFE = 60
REFRESH_LIFE = 90 * 86400


@dataclass(frozen=True)
class Grant:
    """Who allowed which application what. `client_id` is empty for a personal access token."""

    grant: str
    service: str
    client_id: str
    email: str
    scope: str


def new_grant(service: str, client_id: str, email: str, scope: str) -> Grant:
    """Return a grant of its own: tokens issued from it can be killed together."""
    return Grant(secrets.token_hex(8), service, client_id, email, scope)


def grant_of(token: Body) -> Grant:
    """Return the grant that a token was issued from."""
    return Grant(**{field: token[field] for field in Grant.__dataclass_fields__})


def issue_code(store: Store, grant: Grant, details: dict[str, str]) -> str:
    """Return a code that lives a minute; `details` is what its exchange must match."""
    return _issue(store, CODE, grant, CODE_LIFE, used=False, **details)


def issue_access_token(store: Store, grant: Grant, life: int) -> str:
    """Return an access token that lives the given number of seconds."""
    return _issue(store, ACCESS_TOKEN, grant, life)


def issue_refresh_token(store: Store, grant: Grant) -> str:
    """Return a refresh token that lives 90 days."""
    return _issue(store, REFRESH_TOKEN, grant, REFRESH_LIFE, reusable=False)


def keep_personal_token(store: Store, grant: Grant, value: str) -> None:
    """Make a well-known personal access token that survives its use: a convenience that only the sandbox has."""
    token = {"id": value, "expires_at": time.time() + 100 * REFRESH_LIFE, "reusable": True, **asdict(grant)}
    store.put(REFRESH_TOKEN, token)


def living(store: Store, kind: Kind, value: str) -> Body | None:
    """Return a token that has neither been killed nor has expired, or None."""
    token = store.get(kind, value)
    return token if token is not None and token["expires_at"] > time.time() else None


def kill_grant(store: Store, grant: str) -> None:
    """Kill every token issued from a grant."""
    for kind in (ACCESS_TOKEN, REFRESH_TOKEN):
        kill(store, kind, store.of_parent(kind, grant))


def kill(store: Store, kind: Kind, tokens: Iterable[Body]) -> int:
    """Kill tokens; return how many."""
    values = [token["id"] for token in tokens]
    for value in values:
        store.remove(kind, value)
    return len(values)


def _issue(store: Store, kind: Kind, grant: Grant, life: int, **details: str | bool) -> str:
    value = secrets.token_urlsafe(32)
    store.put(kind, {"id": value, "expires_at": time.time() + life, **details, **asdict(grant)})
    return value
