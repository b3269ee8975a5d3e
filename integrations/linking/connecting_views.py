"""Connecting all projects: what becomes of each is shown first, row by row, and then done."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse

from integrations.linking.asked import counted, person_of
from integrations.linking.models import Integration, ProjectLink
from integrations.linking.previews import Decision, Preview, Row, preview_page, tiles_of
from integrations.linking.proposing import Action, Proposal, not_read
from integrations.linking.queries import Labels, integration_of, labels_of, list_states
from integrations.linking.services import CannotLink, link_proposed, one_at_a_time, propose_all, unread_of
from portal.organizations.access import OrganizationRequest, needs
from portal.organizations.models import Role
from portal.ui.pages import redirect_see_other

STATES: dict[Action, tuple[str, str]] = {
    Action.UNREAD: ("attention", "Not read yet"),
    Action.AMBIGUOUS: ("attention", "You decide"),
    Action.ADOPT: ("ok", "Taken up"),
    Action.CREATE: ("working", "Created"),
    Action.SKIPPED: ("neutral", "Skipped"),
    Action.LINKED: ("neutral", "Linked already"),
}
ORDER = tuple(STATES)


@needs(Role.MANAGER)
def connect_everything(request: OrganizationRequest, integration: UUID) -> HttpResponse:
    """Shows row by row what connecting everything would do, then does it. A preview that is not true any more is shown anew."""
    shown, decision = integration_of(integration), Decision.read(request.POST)
    if request.method == "POST":
        one_at_a_time(shown)
    proposals = sorted(propose_all(shown), key=lambda proposal: ORDER.index(proposal.action))
    preview = _preview(request, shown, proposals)
    if request.method == "POST" and decision.accepts(preview):
        chosen = [proposal for proposal in proposals if decision.keeps(proposal.left.id)]
        return _execute(request, shown, chosen)
    refresh = reverse("linking:refresh_projects", kwargs=_where(request, shown))
    return preview_page(request, shown, preview, lists=list_states(shown, "project"), refresh_address=refresh)


def row_of(proposal: Proposal, choose: Callable[[Proposal], str]) -> Row:
    """A proposal as a preview shows it; `choose` gives the address where a person decides about an ambiguous one."""
    state, word = STATES[proposal.action]
    return Row(
        key=proposal.left.id,
        name=proposal.left.name,
        note=proposal.left.client,
        partner=_partner(proposal),
        effect=proposal.effect,
        state=state,
        word=word,
        why=proposal.why,
        choose_url=choose(proposal) if proposal.action == Action.AMBIGUOUS else "",
    )


def chooser(request: OrganizationRequest, integration: Integration) -> Callable[[Proposal], str]:
    """Where a project is connected by hand, looking for its name."""
    address = reverse("linking:connect_project", kwargs=_where(request, integration))
    return lambda proposal: f"{address}?{urlencode({'left': proposal.left.id, 'find_right': proposal.left.name})}"


def refusal_of(integration: Integration) -> str:
    """Why nothing may be settled now: nobody knows yet what is missing on one of the sides."""
    unread = unread_of(integration)
    return f"{not_read(unread)} Nothing can be linked before: what looks missing may only not have been seen." if unread else ""


def words_for(labels: Labels) -> list[tuple[str, str]]:
    """What the tiles above proposals say."""
    return [
        ("Created", f"in {labels.right}"),
        ("Taken up", "the partner is there"),
        ("Not read yet", "refresh the list"),
        ("You decide", "each row says why"),
        ("Skipped", "each row says why"),
        ("Linked already", "they stay as they are"),
    ]


def _execute(request: OrganizationRequest, integration: Integration, chosen: Iterable[Proposal]) -> HttpResponse:
    try:
        links = link_proposed(integration, chosen, person_of(request))
    except CannotLink as cannot:
        messages.error(request, str(cannot))
        return redirect_see_other("linking:connect_all", **_where(request, integration))
    messages.success(request, f"{counted(ProjectLink, len(links))} linked. The first sync begins in a moment.")
    return redirect_see_other("linking:projects", **_where(request, integration))


def _preview(request: OrganizationRequest, integration: Integration, proposals: Iterable[Proposal]) -> Preview:
    labels, choose = labels_of(integration), chooser(request, integration)
    rows = [row_of(proposal, choose) for proposal in proposals]
    return Preview(
        title="Connect all projects",
        lead=f"Nothing is written before you press Save. What is created in {labels.right} gets its client, billable flag and members.",
        button=lambda count: f"Save: link {count} project{'' if count == 1 else 's'}",
        rows=rows,
        tiles=tiles_of(rows, words_for(labels)),
        back=reverse("linking:projects", kwargs=_where(request, integration)),
        here=request.path,
        nothing="There are no projects. Make one there, refresh the list and look again.",
        refusal=refusal_of(integration),
    )


def _partner(proposal: Proposal) -> str:
    if proposal.right:
        return proposal.right.name
    return "A new one of that name" if proposal.action == Action.CREATE else ""


def _where(request: OrganizationRequest, integration: Integration) -> dict[str, object]:
    return {"organization": request.organization.slug, "integration": integration.pk}
