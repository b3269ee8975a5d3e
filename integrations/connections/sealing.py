"""Secrets at rest: AES-256-GCM, bound to the row that they belong to, so that a sealed value serves nowhere else.

A sealed value is the key's id (8 bytes), a nonce (12 bytes), the ciphertext. The first of `CREDENTIAL_KEYS` seals, all of them open.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

KEY_BYTES, ID_BYTES, NONCE_BYTES = 32, 8, 12


class SealBroken(Exception):
    """A sealed value that none of the keys opens: its key was taken away, or it was moved or changed."""


def seal(plain: bytes, bound_to: str) -> bytes:
    """Seals with the first key. Only the same `bound_to` opens it again."""
    key = _keys()[0]
    nonce = os.urandom(NONCE_BYTES)
    return _id(key) + nonce + AESGCM(key).encrypt(nonce, plain, bound_to.encode())


def unseal(sealed: bytes, bound_to: str) -> bytes:
    """Opens what was sealed with any of the keys. Raises `SealBroken`."""
    key = {_id(key): key for key in _keys()}.get(sealed[:ID_BYTES])
    if key is None:
        raise SealBroken("It was sealed with a key that is not in CREDENTIAL_KEYS.")
    nonce, ciphertext = sealed[ID_BYTES : ID_BYTES + NONCE_BYTES], sealed[ID_BYTES + NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, ciphertext, bound_to.encode())
    except InvalidTag as error:
        raise SealBroken("It was changed, or belongs to another row.") from error


def is_sealed_with_first_key(sealed: bytes) -> bool:
    return sealed[:ID_BYTES] == _id(_keys()[0])


def read_key(text: str) -> bytes:
    """A key of `CREDENTIAL_KEYS`. Raises `ValueError` where it is none."""
    try:
        key = base64.urlsafe_b64decode(text.strip())
    except binascii.Error as error:
        raise ValueError("not base64") from error
    if len(key) != KEY_BYTES:
        raise ValueError(f"{len(key)} bytes in place of {KEY_BYTES}")
    return key


def _keys() -> list[bytes]:
    if not settings.CREDENTIAL_KEYS:
        raise ImproperlyConfigured("CREDENTIAL_KEYS is not set: without a key no sign-in can be kept.")
    return [read_key(text) for text in settings.CREDENTIAL_KEYS]


def _id(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()[:ID_BYTES]
