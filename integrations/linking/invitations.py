"""Asking people whether they are to be connected: by e-mail, with a link of their own that counts once.

A link is asked about by its secret alone, from outside of any organization; what people of the organization do needs its scope.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from allauth.account.models import EmailAddress
from django.utils import timezone

from integrations.connections.models import Authorization, Connection
from integrations.connections.services import begin_proof, way_to_prove
from integrations.linking.doors import person_link_behind
from integrations.linking.history import note_link, note_links
from integrations.linking.models import Integration, LinkEvent, PersonalMail, PersonLink
from integrations.linking.people import WAITING, Candidate, Roster, begin_anew, link_candidates
from integrations.linking.services import one_at_a_time, sync_anew
from portal.accounts.models import User
from portal.organizations.audit import audit
from portal.organizations.models import hash_secret
from portal.organizations.scope import scope
from portal.work.claims import wake_soon

LIFE = timedelta(days=7)
A_MOMENT = timedelta(minutes=1)  # whoever presses twice means it once
BEFORE_THE_END = WAITING | {PersonLink.State.EXPIRED}


class NotOpen(ValueError):
    """The link does not lead to a connection: not now, not for this person, or not any more."""


@dataclass(frozen=True)
class Notified:
    """Who was asked, and who was not: names with the reason."""

    links: list[PersonLink]
    left_out: list[tuple[str, str]]


# --- What the organization does --------------------------------------------------------------------------------------------


def notify(integration: Integration, chosen: Collection[str] | None, person: User) -> Notified:
    """Sends people their links: those with these ids on the left, or without `chosen` everybody who was not asked yet.

    A task sends the mails. A link that was sent before is void from now on.
    """
    one_at_a_time(integration)
    picked, unknown = _picked(Roster(integration).candidates, chosen)
    left_out = [(each.name, each.reason) for each in picked if each.reason] + [(key, "Is not there any more.") for key in unknown]
    found = [each for each in picked if not each.reason]
    standing = _locked(each.link.pk for each in found if each.link)
    moment_ago = [link for link in standing if _was_asked_a_moment_ago(link)]
    left_out += [(link.name, "Was notified less than a minute ago.") for link in moment_ago]
    waiting = [link for link in standing if link not in moment_ago and link.connected_at is None]
    asked = waiting + [link for link in link_candidates(integration, found, person) if link.connected_at is None]
    _invite(asked, {each.person.id: each.person.email for each in found}, person)
    return Notified(asked, left_out)


def revoke(integration: Integration, ids: Sequence[UUID], person: User) -> list[PersonLink]:
    """Takes back the links that wait for an answer. Gives them."""
    links = [link for link in _locked(ids, integration) if link.state in BEFORE_THE_END]
    for link in links:
        link.revoked_at = timezone.now()
    PersonLink.objects.bulk_update(links, ["revoked_at"])
    PersonalMail.objects.filter(link__in=links).update(due_at=None)
    forget_proofs(links)
    note_links(links, LinkEvent.What.REVOKED, person)
    if links:
        audit(person, "people.revoked", str(integration), people=len(links))
    return links


def _picked(candidates: Iterable[Candidate], chosen: Collection[str] | None) -> tuple[list[Candidate], set[str]]:
    if chosen is None:
        return [each for each in candidates if each.is_chosen_by_all], set()
    picked = [each for each in candidates if each.person.id in chosen]
    return picked, set(chosen) - {each.person.id for each in picked}


def _locked(ids: Iterable[UUID], integration: Integration | None = None) -> list[PersonLink]:
    """Live links that nobody else changes until the transaction ends."""
    rows = PersonLink.live.filter(pk__in=list(ids)).order_by("pk").select_for_update()
    return list(rows.filter(integration=integration) if integration else rows)


def _was_asked_a_moment_ago(link: PersonLink) -> bool:
    return link.state in WAITING and link.invited_at is not None and link.invited_at > timezone.now() - A_MOMENT


def _invite(links: list[PersonLink], addresses: dict[str, str], person: User) -> None:
    now = timezone.now()
    for link in links:
        begin_anew(link)
        link.email, link.invited_at, link.expires_at = addresses[link.left_id], now, now + LIFE
    changed = ["secret_hash", "email", "invited_at", "expires_at", "opened_at", "authorised_at", "revoked_at", "user"]
    PersonLink.objects.bulk_update(links, changed, batch_size=500)
    forget_proofs(links)
    _post(links, now, person)
    note_links(links, LinkEvent.What.INVITED, person)
    if links:
        audit(person, "people.notified", str(links[0].integration), people=len(links))


def _post(links: Iterable[PersonLink], now: datetime, person: User) -> None:
    """Has the mails sent when the transaction commits. Each link has one row, so that nothing is sent twice."""
    mails = [PersonalMail(link=link, asked_by=person, due_at=now) for link in links]
    renewed = ["asked_by", "due_at", "sending_at", "sent_at", "problem", "failures"]
    PersonalMail.objects.bulk_create(mails, update_conflicts=True, unique_fields=["link"], update_fields=renewed)
    wake_soon()


def post_unsent(ids: Collection[UUID]) -> None:
    """Has the mails sent that were given up because their links were disconnected: those of restored links that still wait."""
    given_up = PersonalMail.objects.filter(link__in=ids, due_at=None, sent_at=None, problem="").select_related("link")
    wanted = [mail.pk for mail in given_up if is_open(mail.link)]
    PersonalMail.objects.filter(pk__in=wanted).update(due_at=timezone.now())
    if wanted:
        wake_soon()


def forget_proofs(links: Iterable[PersonLink]) -> None:
    """Ends what people had begun at a provider to show who they are."""
    Authorization.objects.filter(proof_for__in=[link.pk for link in links]).delete()


def new_secret(link: PersonLink) -> str:
    """Gives a link the one secret that counts; it is kept nowhere. Saves the link."""
    secret = secrets.token_urlsafe(32)
    link.secret_hash, link.expires_at = hash_secret(secret), timezone.now() + LIFE
    link.save(update_fields=["secret_hash", "expires_at"])
    return secret


# --- What the person does ----------------------------------------------------------------------------------------------------


def link_behind(secret: str) -> PersonLink | None:
    """The link that a secret belongs to, with its organization and both sides, to be read outside of any scope."""
    found = person_link_behind(secret)
    if found is None:
        return None
    with scope(found[0]):
        links = PersonLink.objects.select_related("organization", "integration__left", "integration__right", "made_by")
        return links.filter(pk=found[1], secret_hash=hash_secret(secret)).first()


def inviter_of(link: PersonLink) -> User | None:
    """Who asked for the mail: whom to turn to."""
    with scope(link.organization.pk):
        mail = PersonalMail.objects.select_related("asked_by").filter(link=link).first()
    return (mail.asked_by if mail else None) or link.made_by


def is_open(link: PersonLink) -> bool:
    return link.state in WAITING


def owns_address(link: PersonLink, person: User) -> bool:
    """Whether the person has shown that the address of the link is theirs."""
    return bool(EmailAddress.objects.filter(user=person, email__iexact=link.email, verified=True).exists())


def has_address(link: PersonLink, person: User) -> bool:
    """Whether the person says that the address is theirs, shown or not."""
    return person.email.casefold() == link.email.casefold() or EmailAddress.objects.filter(user=person, email__iexact=link.email).exists()


def note_opened(link: PersonLink, person: User) -> None:
    """Notes that the person whom the link is for has it before them. Raises `NotOpen`."""
    with scope(link.organization.pk):
        now = _still_open(link, person)
        if now.opened_at is None:
            now.opened_at, now.user = timezone.now(), person
            now.save(update_fields=["opened_at", "user"])
            note_link(now, LinkEvent.What.OPENED, person)
    link.opened_at, link.user, link.authorised_at = now.opened_at, now.user, now.authorised_at


def connection_to_prove(integration: Integration) -> Connection | None:
    """Where the person has to sign in as themselves: at the service where time is tracked if it can be asked, else at the other one; None
    where neither can. One that is signed out itself comes last, and has to be signed in again first. Needs a scope.
    """
    able = [side for side in (integration.right, integration.left) if way_to_prove(side)]
    return next((side for side in able if side.is_connected), able[0] if able else None)


def set_out(link: PersonLink, person: User, back_to: str) -> Authorization:
    """Begins the person's own sign-in at the provider. Raises `NotOpen`."""
    with scope(link.organization.pk):
        now = _still_open(link, person)
        connection = connection_to_prove(link.integration)
        sign_in = way_to_prove(connection) if connection else None
        if connection is None or sign_in is None or now.opened_at is None or not connection.is_connected:
            raise NotOpen
        return begin_proof(connection, sign_in, person, link.pk, back_to)


def newest_proof(link: PersonLink, person: User) -> Authorization | None:
    """How far the person's own sign-in is. Needs a scope."""
    return Authorization.objects.filter(proof_for=link.pk, user=person).select_related("connection", "application").first()


def connect(link: PersonLink, person: User) -> None:
    """Connects the person by their own wish. Raises `NotOpen` where anything of the way there is missing; nothing is then changed."""
    with scope(link.organization.pk):
        now = _still_open(link, person)
        if now.opened_at is None or (now.authorised_at is None and connection_to_prove(link.integration)):
            raise NotOpen
        now.connected_at, now.user = timezone.now(), person
        now.save(update_fields=["connected_at", "user"])
        note_link(now, LinkEvent.What.CONNECTED, person, "By their own confirmation.")
        audit(person, "person.connected", now.name)
        sync_anew(link.integration)


def note_proof(authorization: Authorization, person_id: str) -> str:
    """Notes that somebody signed in at a provider as this person over there. Gives what is wrong with it, in words for them."""
    assert authorization.proof_for is not None  # nobody is told of any others
    link = PersonLink.live.select_for_update().filter(pk=authorization.proof_for).first()
    if link is None:
        return "This link is not open any more. Nothing was connected."
    began_with_it = link.opened_at is not None and link.opened_at <= authorization.created_at
    if not (is_open(link) and began_with_it and link.user_id == authorization.user_id):
        return "This link is not open any more. Nothing was connected."
    if person_id != _expected(link, authorization):
        note_link(link, LinkEvent.What.FAILED, authorization.user, "They signed in with somebody else's account.")
        label = authorization.connection.provider_label
        return f"That was somebody else's account at {label}. Sign in there as {link.name}. Nothing was connected."
    link.authorised_at = timezone.now()
    link.save(update_fields=["authorised_at"])
    note_link(link, LinkEvent.What.AUTHORISED, authorization.user)
    return ""


def _expected(link: PersonLink, authorization: Authorization) -> str:
    return link.right_id if authorization.connection_id == link.integration.right_id else link.left_id


def _still_open(link: PersonLink, person: User) -> PersonLink:
    """The link as it is now, held until the transaction ends. Raises `NotOpen` where it is over, or a newer mail was sent meanwhile."""
    now = PersonLink.live.select_for_update().filter(pk=link.pk, secret_hash=link.secret_hash).first()
    if now is None or not is_open(now) or not owns_address(now, person):
        raise NotOpen
    return now
