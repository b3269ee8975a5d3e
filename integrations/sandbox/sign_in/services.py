"""The two sign-in services, and the application that is registered with each."""

import hmac
from dataclasses import dataclass
from urllib.parse import urlsplit

HERE = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class Service:
    """A place to sign in, and the one application that it knows."""

    name: str
    title: str
    client_id: str
    client_secret: str
    client_name: str
    required: tuple[str, ...]
    """Parameters that an authorization request must carry beside client and redirect address."""
    rotates: bool
    """Whether a refresh token dies when it is used."""
    takes_secret_in_form: bool
    """Whether the application may prove itself in the form, beside HTTP Basic."""

    def knows(self, client_id: str | None) -> bool:
        """Whether this is the registered application."""
        return client_id == self.client_id

    def admits(self, client_id: str, client_secret: str) -> bool:
        """Whether these are the registered application's credentials."""
        return self.knows(client_id) and hmac.compare_digest(client_secret.encode(), self.client_secret.encode())


HUBSTAFF = Service(
    name="hubstaff",
    title="Hubstaff Account",
    client_id="timebridge-sandbox",
    client_secret="sandbox-secret",
    client_name="Timebridge",
    required=("scope", "state", "nonce"),
    rotates=True,
    takes_secret_in_form=False,
)

ENTRA = Service(
    name="entra",
    title="Microsoft Entra ID",
    client_id="timebridge-sandbox-entra",
    client_secret="sandbox-secret",
    client_name="Timebridge",
    required=("scope",),
    rotates=False,
    takes_secret_in_form=True,
)


def is_here(address: str) -> bool:
    """Whether a redirect address lies on this machine, as every address of a sandbox's application must."""
    parts = urlsplit(address)
    return parts.scheme in ("http", "https") and parts.hostname in HERE
