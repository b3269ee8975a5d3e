"""Linked people as their page shows them. A number of queries that does not grow with the rows. Needs a scope."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from integrations.catalogue import NativeLinkFacts, PersonFacts
from integrations.connections.models import Connection
from integrations.linking.models import Integration, PersonalMail, PersonLink
from integrations.linking.people import WAITING
from integrations.linking.queries import Labels, facts_of, labels_of
from integrations.linking.services import parts_of
from integrations.records.models import Record

State = PersonLink.State
BADGES = {
    State.MATCHED: "neutral",
    State.INVITED: "working",
    State.OPENED: "working",
    State.AUTHORISED: "working",
    State.CONNECTED: "ok",
    State.EXPIRED: "attention",
    State.REVOKED: "neutral",
    State.DISCONNECTED: "neutral",
}


@dataclass(frozen=True)
class StateCount:
    """How many people are in a state."""

    state: PersonLink.State
    count: int


@dataclass(frozen=True)
class PersonRow:
    """A link, both sides by what the mirror knows of them, how far the person has come and since when. `said` is what else there is to
    know, `native` what links of the services' own there are beside ours.
    """

    link: PersonLink
    left: str
    left_note: str
    right: str
    right_note: str
    badge: str
    word: str
    at: datetime
    said: str = ""
    native: list[NativeLinkFacts] = field(default_factory=list)

    @property
    def can_be_notified(self) -> bool:
        """Whether there is something to ask."""
        return self.link.state not in {State.CONNECTED, State.DISCONNECTED}

    @property
    def can_be_revoked(self) -> bool:
        return self.link.state in WAITING

    @property
    def was_notified(self) -> bool:
        return self.link.invited_at is not None

    @property
    def reached(self) -> list[tuple[str, datetime]]:
        """Every state that the person has come to on this way, each with its time, the first first."""
        link = self.link
        times = {
            State.MATCHED: link.linked_at,
            State.INVITED: link.invited_at,
            State.OPENED: link.opened_at,
            State.AUTHORISED: link.authorised_at,
            State.CONNECTED: link.connected_at,
            State.REVOKED: link.revoked_at,
            State.DISCONNECTED: link.disconnected_at,
            link.state: link.state_at,  # an end that was only noticed by the clock
        }
        return sorted(((str(state.label), at) for state, at in times.items() if at), key=lambda each: each[1])

    @property
    def can_be_disconnected(self) -> bool:
        return self.link.disconnected_at is None


def in_state(state: PersonLink.State) -> Q:
    """The links in a state; the same order as in `PersonLink.state`."""
    now = timezone.now()
    reached = (
        (State.DISCONNECTED, Q(disconnected_at__isnull=False)),
        (State.CONNECTED, Q(connected_at__isnull=False)),
        (State.REVOKED, Q(revoked_at__isnull=False)),
        (State.EXPIRED, Q(expires_at__isnull=False, expires_at__lte=now)),
        (State.AUTHORISED, Q(authorised_at__isnull=False)),
        (State.OPENED, Q(opened_at__isnull=False)),
        (State.INVITED, Q(invited_at__isnull=False)),
    )
    further = Q()
    for name, condition in reached:
        if name is state:
            return condition & further
        further &= ~condition
    return further


def states_of(integration: Integration) -> list[StateCount]:
    """How many people are in each state, in one question; states that nobody is in are left out."""
    wanted = {each.value: Count("pk", filter=in_state(each)) for each in State}
    counts = PersonLink.objects.filter(integration=integration).aggregate(**wanted)
    return [StateCount(each, counts[each.value]) for each in State if counts[each.value]]


def people_found(integration: Integration, find: str, state: str) -> QuerySet[PersonLink]:
    """Links whose name or address holds what is looked for; disconnected ones only where they are asked for."""
    if state in State.values:
        found = PersonLink.objects.filter(in_state(State(state)), integration=integration)
    else:
        found = PersonLink.live.filter(integration=integration)
    return found.filter(Q(name__icontains=find) | Q(email__icontains=find)) if find else found


def people_rows(integration: Integration, links: Collection[PersonLink]) -> list[PersonRow]:
    """Links of people with the names that both sides have now."""
    left = facts_of(integration.left, parts_of(integration.left).person, [link.left_id for link in links])
    right = facts_of(integration.right, parts_of(integration.right).person, [link.right_id for link in links])
    mails = {mail.link_id: mail for mail in PersonalMail.objects.filter(link__in=links)}
    native, labels = _native(integration, links), labels_of(integration)
    return [
        PersonRow(
            link=link,
            left=_name(left.get(link.left_id)) or link.name or link.left_id,
            left_note=_address(left.get(link.left_id)) or link.email,
            right=_name(right.get(link.right_id)),
            right_note=_address(right.get(link.right_id)),
            badge=BADGES[link.state],
            word=link.state.label,
            at=link.state_at,
            said=_said(link, left.get(link.left_id), right.get(link.right_id), mails.get(link.pk), labels),
            native=native[link.pk],
        )
        for link in links
    ]


def _name(facts: PersonFacts | None) -> str:
    return (facts.name or facts.email or facts.id) if facts else ""


def _address(facts: PersonFacts | None) -> str:
    return facts.email if facts else ""


def _said(link: PersonLink, left: PersonFacts | None, right: PersonFacts | None, mail: PersonalMail | None, labels: Labels) -> str:
    if link.disconnected_at:
        return ""
    for facts, label in ((left, labels.left), (right, labels.right)):
        if facts is None:
            return f"Gone in {label}."
        if not facts.is_active:
            return f"Not active in {label}."
    return _of_mail(mail) if mail and link.state in WAITING else ""


def _of_mail(mail: PersonalMail) -> str:
    if mail.problem:
        return mail.problem
    return "" if mail.sent_at else "The mail is on its way."


def _native(integration: Integration, links: Collection[PersonLink]) -> dict[object, list[NativeLinkFacts]]:
    """What the services' own integrations have linked with the same people."""
    left = _native_links(integration.left, [link.left_id for link in links])
    right = _native_links(integration.right, [link.right_id for link in links])
    return {link.pk: [*left.get(link.left_id, []), *right.get(link.right_id, [])] for link in links}


def _native_links(connection: Connection, person_ids: Collection[str]) -> Mapping[str, list[NativeLinkFacts]]:
    """By the person that they link; nothing where the service has no integrations of its own."""
    parts = parts_of(connection)
    found: defaultdict[str, list[NativeLinkFacts]] = defaultdict(list)
    if parts.native is None:
        return found
    records = Record.objects.filter(connection=connection, entity=parts.native.people, removed_at=None)
    column = connection.declaration.entity(parts.native.people).column_of(parts.person.entity)
    if column:
        records = records.filter(**{f"{column}__in": list(person_ids)})
    for data in records.order_by("id").values_list("data", flat=True):
        facts = parts.native.read_person(data)
        found[facts.subject_id].append(facts)
    return found
