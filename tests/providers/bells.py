"""Paperclock's bells: hung at an address, woken with the secret that the address was told, ringing with a seal over each letter."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Answer = tuple[int, Any]
NO_BELL: Answer = (404, {"oops": "No bell hangs there."})


@dataclass(frozen=True)
class Letter:
    """One request that is to be brought to an address."""

    url: str
    headers: dict[str, str]
    content: bytes = b""


@dataclass
class Bell:
    id: str
    url: str
    rings_for: list[str]
    secret: str
    is_awake: bool = False


@dataclass
class Bells:
    """All bells, and the letters that wait for a test to bring them: what comes late, twice or never is up to it."""

    hung: list[Bell] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)

    def answer(self, method: str, path: list[str], body: Any, secret: str) -> Answer:
        if method == "POST" and not path:
            return self._hang(body)
        bell = next((bell for bell in self.hung if path[:1] == [bell.id]), None)
        if bell is None:
            return NO_BELL
        match method, path[1:]:
            case "POST", ["wake"]:
                return self._wake(bell, secret)
            case "GET", []:
                return 200, {"id": bell.id, "state": "awake" if bell.is_awake else "asleep"}
            case "DELETE", []:
                self.hung.remove(bell)
                return 200, {}
        return NO_BELL

    def ring(self, what: str, task: dict[str, Any]) -> None:
        """Writes a letter for everybody who wants to know."""
        for bell in self.hung:
            if bell.is_awake and what in bell.rings_for:
                ring = {"ring": secrets.token_hex(4), "at": datetime.now(UTC).isoformat(), "what": what, "task": task}
                content = json.dumps(ring).encode()
                seal = hmac.new(bell.secret.encode(), content, hashlib.sha256).hexdigest()
                self.letters.append(Letter(bell.url, {"x-paper-seal": seal}, content))

    def _hang(self, body: Any) -> Answer:
        bell = Bell(f"be-{len(self.hung) + 1}", body["url"], body["rings_for"], secrets.token_hex(8))
        self.hung.append(bell)
        self.letters.append(Letter(bell.url, {"x-paper-secret": bell.secret}))
        return 201, {"id": bell.id, "state": "asleep"}

    def _wake(self, bell: Bell, secret: str) -> Answer:
        if secret != bell.secret:
            return 403, {"oops": "This is not what the bell whispered."}
        bell.is_awake = True
        return 200, {"id": bell.id, "state": "awake"}
