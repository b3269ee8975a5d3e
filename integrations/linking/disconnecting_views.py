"""Disconnecting the ticked links, of projects and of people alike: what they hold and what follows is shown first. And undoing it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from integrations.linking.asked import NAMES, counted, person_of, ticked
from integrations.linking.disconnecting import CannotUndo, Restored, disconnect, undo
from integrations.linking.holdings import Holding, holdings_of
from integrations.linking.models import Disconnection, Integration, Link, PersonLink, ProjectLink
from integrations.linking.people_rows import PersonRow, people_rows
from integrations.linking.previews import Decision, Preview, Row, Tile, preview_page
from integrations.linking.project_rows import ProjectRow, project_rows
from integrations.linking.queries import integration_of, labels_of
from portal.organizations.access import OrganizationRequest, needs
from portal.organizations.models import Role
from portal.ui.pages import redirect_see_other
from portal.ui.words import duration_words

NOTES: dict[type[Link], str] = {ProjectLink: "Client", PersonLink: "E-mail"}
LEADS: dict[type[Link], str] = {
    ProjectLink: "Tasks and time stop travelling. Nothing is deleted on either side; linking again takes up the same partners.",
    PersonLink: "They get no more tasks, and their time is not written back. Nothing is deleted on either side.",
}
MOST_TOLD = 5


@needs(Role.MANAGER)
def projects(request: OrganizationRequest, integration: UUID) -> HttpResponse:
    """What disconnecting the ticked projects means, and then doing it."""
    return _disconnect(request, integration_of(integration), ProjectLink)


@needs(Role.MANAGER)
def people(request: OrganizationRequest, integration: UUID) -> HttpResponse:
    """What disconnecting the ticked people means, and then doing it."""
    return _disconnect(request, integration_of(integration), PersonLink)


@needs(Role.MANAGER)
@require_POST
def undo_disconnection(request: OrganizationRequest, integration: UUID, disconnection: UUID) -> HttpResponse:
    """Makes the links of a disconnection live again."""
    shown = integration_of(integration)
    found = get_object_or_404(Disconnection, integration=shown, pk=disconnection)
    try:
        _say(request, found, undo(found, person_of(request)))
    except CannotUndo as cannot:
        messages.error(request, str(cannot))
    return redirect_see_other(f"linking:{found.part}", request.organization.slug, shown.pk)


def _disconnect(request: OrganizationRequest, integration: Integration, links: type[Link]) -> HttpResponse:
    """Rows are ticked in a list, which posts them here; they go into the address, so that the preview can be read again."""
    here = _address(request, integration, f"disconnect_{NAMES[links][1]}")
    if request.method == "POST" and "seal" not in request.POST:
        return _begin(request, integration, links, here)
    chosen = list(links.live.filter(integration=integration, pk__in=ticked(request)).order_by("name", "id"))
    preview = _preview(request, integration, links, chosen, here)
    decision = Decision.read(request.POST)
    if request.method == "POST" and chosen and decision.accepts(preview):
        return _execute(request, integration, links, [link.pk for link in chosen if decision.keeps(str(link.pk))])
    return preview_page(request, integration, preview)


def _begin(request: OrganizationRequest, integration: Integration, links: type[Link], here: str) -> HttpResponse:
    chosen = ticked(request)
    if not chosen:
        messages.warning(request, f"Tick the {NAMES[links][1]} first.")
        return redirect_see_other(_list_of(request, integration, links))
    query = QueryDict(mutable=True)
    query.setlist("link", [str(key) for key in chosen])
    return redirect_see_other(f"{here}?{query.urlencode()}")


def _execute(request: OrganizationRequest, integration: Integration, links: type[Link], ids: list[UUID]) -> HttpResponse:
    disconnection = disconnect(links, integration, ids, person_of(request))
    if disconnection:
        messages.success(request, f"{counted(links, len(disconnection.link_ids))} disconnected. You can undo it for 24 hours.")
    else:
        messages.info(request, "Nothing was disconnected: all rows were left out.")
    return redirect_see_other(_list_of(request, integration, links))


def _preview(request: OrganizationRequest, integration: Integration, links: type[Link], chosen: list[Link], here: str) -> Preview:
    one, many = NAMES[links]
    holdings = holdings_of(integration, links, chosen)
    rows = [
        Row(
            key=str(row.link.pk),
            name=row.left,
            note=row.left_note,
            partner=row.right,
            effect=f"disconnect {row.link.right_id}",
            state="attention",
            word="Disconnected",
            why=_held(holdings.get(row.link, Holding()), links, integration),
        )
        for row in _rows(integration, chosen)
    ]
    return Preview(
        title=f"Disconnect {many}",
        lead=LEADS[links],
        button=lambda count: f"Disconnect {count} {one if count == 1 else many}",
        rows=rows,
        tiles=_tiles(list(holdings.values()), links, integration),
        back=_list_of(request, integration, links),
        here=here,
        nothing=f"None of these {many} is linked any more. Go back and look at the list.",
        note_label=NOTES[links],
        is_dangerous=True,
        hidden=[("link", str(link.pk)) for link in chosen],
    )


def _rows(integration: Integration, chosen: list[Link]) -> Sequence[ProjectRow | PersonRow]:
    """The links as their own list shows them."""
    projects = [link for link in chosen if isinstance(link, ProjectLink)]
    people = [link for link in chosen if isinstance(link, PersonLink)]
    return [*project_rows(integration, projects), *people_rows(integration, people)]


def _held(holding: Holding, links: type[Link], integration: Integration) -> str:
    """What one link holds, in words."""
    tasks = "1 task" if holding.tasks == 1 else f"{holding.tasks} tasks"
    kept = f"{tasks} {'paired' if links is ProjectLink else 'assigned'}" if holding.tasks else ""
    time = f"{duration_words(holding.seconds)} written back to {labels_of(integration).left}" if holding.seconds else ""
    held = ", ".join(each for each in (kept, time) if each)
    return f"{held}; all of it stays where it is." if held else "Nothing has travelled through it yet."


def _tiles(held: Collection[Holding], links: type[Link], integration: Integration) -> list[Tile]:
    tasks, seconds = sum(each.tasks for each in held), sum(each.seconds for each in held)
    return [
        Tile("Tasks paired" if links is ProjectLink else "Tasks assigned", tasks, "they stay on both sides"),
        Tile("Time written back", duration_words(seconds), f"it stays in {labels_of(integration).left}"),
    ]


def _say(request: OrganizationRequest, disconnection: Disconnection, restored: Restored) -> None:
    links = ProjectLink if disconnection.part == Disconnection.Part.PROJECTS else PersonLink
    if restored.links:
        messages.success(request, f"{counted(links, len(restored.links))} linked again, as before.")
    for name, reason in restored.left_out[:MOST_TOLD]:
        messages.warning(request, f"“{name}” {reason}.")
    if len(restored.left_out) > MOST_TOLD:
        messages.warning(request, f"{len(restored.left_out) - MOST_TOLD} more could not be linked again for such reasons.")


def _list_of(request: OrganizationRequest, integration: Integration, links: type[Link]) -> str:
    return _address(request, integration, NAMES[links][1])


def _address(request: OrganizationRequest, integration: Integration, name: str) -> str:
    return reverse(f"linking:{name}", kwargs={"organization": request.organization.slug, "integration": integration.pk})
