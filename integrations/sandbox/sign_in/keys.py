"""The key that signs identity tokens."""

import secrets
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

from integrations.sandbox.kinds import SIGNING_KEY
from integrations.sandbox.store import Store

ALGORITHM = "RS256"


def signing_key(store: Store, service: str) -> RSAKey:
    """Return a service's key, made at its first use and kept in the store."""
    kept = store.get(SIGNING_KEY, service)
    if kept is not None:
        return RSAKey.import_key(kept["key"])
    key = RSAKey.generate_key(2048, {"kid": secrets.token_hex(8), "use": "sig", "alg": ALGORITHM})
    store.put(SIGNING_KEY, {"id": service, "key": key.as_dict(private=True)})
    return key


def public_keys(store: Store, service: str) -> dict[str, Any]:
    """Return what a client needs to check signatures: a JSON Web Key Set (RFC 7517)."""
    return {"keys": [signing_key(store, service).as_dict(private=False)]}


def signed(store: Store, service: str, claims: dict[str, Any]) -> str:
    """Return claims as a signed token."""
    key = signing_key(store, service)
    return jwt.encode({"alg": ALGORITHM, "kid": key.kid}, claims, key)
