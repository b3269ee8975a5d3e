"""What is wrong with a connection and what to do about it, for the person who reads its page."""

from __future__ import annotations

from functools import singledispatch

from integrations.connections.models import Connection
from integrations.transport.errors import BadAnswer, Forbidden, OverBudget, ProviderDown, ProviderError, SignedOut, Throttled


@singledispatch
def problem_words(error: ProviderError, connection: Connection) -> str:
    """Says why checking a connection failed."""
    return f"{connection.provider_label} did not say whose this sign-in is. {error}"


@problem_words.register
def _(error: SignedOut, connection: Connection) -> str:
    return signed_out_later(connection) if connection.was_ever_connected else signed_out_at_first(connection)


@problem_words.register
def _(error: Forbidden, connection: Connection) -> str:
    allowed = f"{connection.provider_label} does not let this account in. Ask an administrator there, or sign in as somebody else."
    return f"{allowed} {connection.declaration.first_steps}".strip()


@problem_words.register(ProviderDown)
@problem_words.register(Throttled)
def _(error: ProviderError, connection: Connection) -> str:
    return f"{connection.provider_label} does not answer at the moment. We keep trying; there is nothing for you to do."


@problem_words.register
def _(error: OverBudget, connection: Connection) -> str:
    return f"{error.message} There is nothing for you to do."


@problem_words.register
def _(error: BadAnswer, connection: Connection) -> str:
    return f"{connection.provider_label} sent an answer that we cannot read. We keep trying; if this stays, tell whoever runs this portal."


def signed_out_at_first(connection: Connection) -> str:
    refused = f"{connection.provider_label} did not accept this sign-in."
    mend = "Check that it is copied whole and has not run out, then sign in again."
    return f"{refused} {mend} {connection.declaration.first_steps}".strip()


def signed_out_later(connection: Connection) -> str:
    return f"{connection.provider_label} has ended this sign-in: it ran out or was taken back. Sign in again to go on; nothing is lost."


def application_removed(connection: Connection) -> str:
    return (
        f"This sign-in was made with an application of your own at {connection.provider_label}, which was removed here. "
        f"Sign in again to go on; nothing is lost."
    )


def no_workspace(connection: Connection) -> str:
    word = connection.declaration.workspace_word
    return f"This account belongs to no {word} at {connection.provider_label}. Join one there, or sign in as somebody else."


def other_workspace(connection: Connection) -> str:
    return (
        f"This sign-in does not reach {connection.workspace_name}, which this connection is for. "
        f"Sign in with an account that does, or add another connection."
    )


def unknown_provider(connection: Connection) -> str:
    return f"This portal does not know {connection.provider} any more. Whoever runs it can bring it back; nothing is lost until then."
