"""The way to a provider's sign-in page and back, step by step: begun, sent off, received, exchanged.

Most ways sign a connection in. Some only prove who a person is, for what stands on the connection: see `begin_proof` and `proving`.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import structlog
from django.utils import timezone

from integrations.catalogue import OAuth
from integrations.connections import proving
from integrations.connections.doors import authorization_behind
from integrations.connections.issuers import application_for, ask_issuer, issuer_of, known_issuer, own_application
from integrations.connections.models import Authorization, Connection, Credential, State
from integrations.connections.retries import try_later
from integrations.connections.sealing import SealBroken
from integrations.connections.tokens import keep_credential, secrets_of
from integrations.transport.errors import BadAnswer, ProviderError, Throttled, Unreachable
from integrations.transport.sign_in import Application, Flow, Issuer, Tokens, authorization_address, exchange_code, verify_identity
from portal.accounts.models import User
from portal.organizations.doors import KnownMembership
from portal.organizations.models import Role, hash_secret
from portal.organizations.scope import scope
from portal.work.claims import Hold, make_due

CODE, BACK_TO = "code", "back_to"
DENIED = "access_denied"
STATE_BYTES, VERIFIER_BYTES = 32, 48

log = structlog.get_logger(__name__)


class NotAccepted(Exception):
    """A person came back from a provider, and nothing can be made of it. `title` and `text` say so on a page, `back_to` is the page to
    go back to, where it is known.
    """

    def __init__(self, title: str, text: str, back_to: str = "") -> None:
        self.title, self.text, self.back_to = title, text, back_to
        super().__init__(title)


@dataclass(frozen=True)
class Received:
    """Somebody came back as they should. A proof has a page to go back to; a sign-in has the membership that it was begun with."""

    authorization: Authorization
    membership: KnownMembership | None
    back_to: str = ""


def begin(connection: Connection, sign_in: OAuth, person: User, redirect_to: str) -> Authorization:
    """Notes that a person sets out to sign a connection in. Where the place is not known yet, a task asks it first."""
    return _set_out(_new(connection, sign_in, person, redirect_to=redirect_to), sign_in)


def begin_proof(connection: Connection, sign_in: OAuth, person: User, proof_for: UUID, back_to: str) -> Authorization:
    """Notes that a person sets out to prove who they are. `back_to` may be secret, and is sealed with the rest."""
    return _set_out(_new(connection, sign_in, person, proof_for=proof_for), sign_in, **{BACK_TO: back_to})


def _new(connection: Connection, sign_in: OAuth, person: User, **fields: Any) -> Authorization:
    application = own_application(connection.declaration, sign_in)
    return Authorization(connection=connection, application=application, user=person, sign_in=sign_in.name, **fields)


def _set_out(authorization: Authorization, sign_in: OAuth, **sealed: str) -> Authorization:
    state = secrets.token_urlsafe(STATE_BYTES)
    nonce, verifier = secrets.token_urlsafe(STATE_BYTES), secrets.token_urlsafe(VERIFIER_BYTES)
    authorization.state_hash = hash_secret(state)
    authorization.keep({"state": state, "nonce": nonce, "verifier": verifier, **sealed})
    authorization.due_at = authorization.expires_at
    authorization.save()
    if known_issuer(sign_in) is None:
        make_due(authorization)
    return authorization


def way_there(authorization: Authorization) -> str:
    """The address of the provider's sign-in page for this flow; empty while it is not known."""
    sign_in = _sign_in(authorization)
    issuer = known_issuer(sign_in)
    if issuer is None:
        return ""
    return authorization_address(issuer, _application(authorization, sign_in), _flow(authorization.open()))


def receive(person: User, memberships: Iterable[KnownMembership], answer: Mapping[str, str]) -> Received:
    """Takes what a person brought back. Raises `NotAccepted`; whatever is refused here has changed nothing, a denial leaves nothing.

    Only managers sign connections in. Who proves who they are need not even be a member: the proof is theirs, and that is enough.
    """
    organization_id, authorization_id = _found(answer.get("state", ""))
    membership = next((each for each in memberships if each.organization_id == organization_id and each.role.allows(Role.MANAGER)), None)
    with scope(organization_id):
        authorization = (
            Authorization.objects.select_for_update(of=("self",)).select_related("connection").filter(pk=authorization_id).first()
        )
        _check(authorization, person, membership)
        assert authorization is not None
        back_to = _back_to(authorization)
        denied = _denial(authorization, answer, back_to)
        if denied is None:
            _keep_code(authorization, answer["code"])
        else:
            drop(authorization)
    if denied:
        raise denied
    return Received(authorization, membership, back_to)


def proceed(hold: Hold[Authorization]) -> None:
    """The next step of a flow, as a task: ask the place about itself, exchange the code, or clear away what nobody finished."""
    with scope():
        authorization = Authorization.objects.select_related("connection", "application").get(pk=hold.id)
    if authorization.used_at and not authorization.finished_at:
        _exchange(hold, authorization, _sign_in(authorization))
    elif authorization.is_over:
        with scope():
            drop(authorization)
    else:
        _ask_place(hold, authorization, _sign_in(authorization))


def drop(authorization: Authorization) -> None:
    """Forgets a flow, and the connection that was made for it and never came to life."""
    connection = Connection.objects.get(pk=authorization.connection_id)
    authorization.delete()
    if connection.state == State.CONNECTING and not (_has_credential(connection) or connection.authorizations.exists()):
        connection.delete()


def _found(state: str) -> tuple[UUID, UUID]:
    behind = authorization_behind(state) if state else None
    if behind is None:
        raise _unknown()
    return behind


def _unknown() -> NotAccepted:
    return NotAccepted("We do not know this sign-in", "It was not begun here, or it is over. Start again where you began.")


def _check(authorization: Authorization | None, person: User, membership: KnownMembership | None) -> None:
    is_theirs = authorization is not None and authorization.user_id == person.pk
    if membership is None and not (authorization and authorization.is_proof and is_theirs):
        raise _unknown()  # strangers learn nothing, not even that there is one
    if authorization is None or not is_theirs:
        raise NotAccepted("This sign-in is not yours", "Whoever began it has to finish it. Start your own.")
    if authorization.used_at is not None:
        raise NotAccepted("This sign-in was already used", "It counts only once. The page where you began shows how it ended.")
    if authorization.is_over:
        raise NotAccepted("This sign-in took too long", "Nothing was connected. Start again where you began.", _back_to(authorization))


def _denial(authorization: Authorization, answer: Mapping[str, str], back_to: str) -> NotAccepted | None:
    label = authorization.connection.provider_label
    if answer.get("error") == DENIED:
        return NotAccepted(f"You said no at {label}", "So nothing was connected. You can start again whenever you like.", back_to)
    if answer.get("error") or not answer.get("code"):
        said = answer.get("error_description") or answer.get("error") or "it gave no reason"
        return NotAccepted(f"{label} did not let you in", f"It says: {said[:300]}. Nothing was connected.", back_to)
    return None


def _keep_code(authorization: Authorization, code: str) -> None:
    authorization.keep({**authorization.open(), CODE: code})
    authorization.used_at = timezone.now()
    authorization.save(update_fields=["sealed", "used_at"])
    make_due(authorization)


def _ask_place(hold: Hold[Authorization], authorization: Authorization, sign_in: OAuth) -> None:
    try:
        issuer_of(sign_in)
    except ProviderError as error:
        _try_later(hold, authorization, error)
    else:
        hold.finish(due_at=authorization.expires_at, problem="")


def _exchange(hold: Hold[Authorization], authorization: Authorization, sign_in: OAuth) -> None:
    try:
        tokens = _tokens(authorization, sign_in)
    except (Unreachable, Throttled) as error:  # the code was not used yet
        _try_later(hold, authorization, error)
    except (ProviderError, SealBroken) as error:
        log.warning("the code could not be exchanged", reason=str(error))
        _fail(hold, authorization)
    else:
        if authorization.is_proof:
            _end(hold, authorization, proving.prove(authorization, tokens))
        else:
            _succeed(hold, authorization, tokens)


def _try_later(hold: Hold[Authorization], authorization: Authorization, error: ProviderError) -> None:
    log.info("the place to sign in did not answer", reason=str(error))
    label = authorization.connection.provider_label
    try_later(hold, error, problem=f"{label} cannot be reached at the moment. We keep trying.")


def _tokens(authorization: Authorization, sign_in: OAuth) -> Tokens:
    kept = authorization.open()
    issuer, application = issuer_of(sign_in), _application(authorization, sign_in)
    tokens = exchange_code(issuer, application, kept[CODE], _flow(kept))
    if "openid" in application.scopes.split():
        _verify_identity(sign_in, issuer, application, tokens.id_token, kept["nonce"])
    return tokens


def _verify_identity(sign_in: OAuth, issuer: Issuer, application: Application, id_token: str, nonce: str) -> None:
    """The keys that we remember may have been replaced: a proof that does not hold is held against the newest ones."""
    try:
        verify_identity(issuer, application, id_token, nonce)
    except BadAnswer as doubt:
        verify_identity(_newest(sign_in, doubt), application, id_token, nonce)


def _newest(sign_in: OAuth, doubt: BadAnswer) -> Issuer:
    try:
        return ask_issuer(sign_in)
    except ProviderError:
        raise doubt from None


def _succeed(hold: Hold[Authorization], authorization: Authorization, tokens: Tokens) -> None:
    """The person is signed in; whose the sign-in is, the check of the connection finds out."""
    with scope():
        connection = Connection.objects.select_for_update().get(pk=authorization.connection_id)
        connection.sign_in, connection.state, connection.problem = authorization.sign_in, State.CONNECTING, ""
        connection.save(update_fields=["sign_in", "state", "problem"])
        keep_credential(connection, secrets_of(tokens), tokens, authorization.application)
        make_due(connection)
        _end(hold, authorization, "")


def _fail(hold: Hold[Authorization], authorization: Authorization) -> None:
    """The sign-in came to nothing. A connection that worked before goes on with what it has."""
    label = authorization.connection.provider_label
    problem = f"{label} did not confirm the sign-in, so nothing was connected. Please sign in once more."
    with scope():
        connection = Connection.objects.select_for_update().get(pk=authorization.connection_id)
        if not authorization.is_proof and not _has_credential(connection):
            connection.state, connection.problem = State.ATTENTION, problem
            connection.save(update_fields=["state", "problem"])
        _end(hold, authorization, problem)


def _end(hold: Hold[Authorization], authorization: Authorization, problem: str) -> None:
    """Forgets the secrets of the flow; that it was used is remembered until nobody could come back any more."""
    authorization.keep({})
    hold.finish(due_at=authorization.expires_at, sealed=authorization.sealed, finished_at=timezone.now(), problem=problem)


def _has_credential(connection: Connection) -> bool:
    return Credential.objects.filter(connection=connection).exists()


def _sign_in(authorization: Authorization) -> OAuth:
    sign_in = authorization.connection.declaration.sign_in(authorization.sign_in)
    assert isinstance(sign_in, OAuth)
    return sign_in


def _application(authorization: Authorization, sign_in: OAuth) -> Application:
    """Us over there. Who only proves who they are is asked for no more than that."""
    application = application_for(sign_in, authorization.application)
    return replace(application, scopes=" ".join(sign_in.proof_scopes)) if authorization.is_proof and sign_in.proof_scopes else application


def _back_to(authorization: Authorization) -> str:
    return authorization.open().get(BACK_TO, "")


def _flow(kept: Mapping[str, str]) -> Flow:
    return Flow(kept["state"], kept["nonce"], kept["verifier"])
