"""The people of an integration: who is linked and how far they have come, asking them, and unlinking them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.views.decorators.http import require_POST, require_safe

from integrations.linking import invitations
from integrations.linking.asked import person_of, ticked
from integrations.linking.forms import ConnectPersonForm
from integrations.linking.models import Integration, PersonLink
from integrations.linking.people import (
    Candidate,
    Roster,
    ask_people,
    connect_at_once,
    link_candidates,
    link_person,
    match_people,
    not_connected,
    stop_asking,
)
from integrations.linking.people_rows import people_found, people_rows, states_of
from integrations.linking.picking import pickers
from integrations.linking.queries import integration_of, labels_of, list_states
from integrations.linking.refreshing import refresh_lists
from integrations.linking.services import CannotLink, one_at_a_time
from portal.organizations.access import OrganizationRequest, needs
from portal.organizations.models import Role
from portal.ui.keyset import Order, page_of
from portal.ui.pages import page, redirect_see_other
from portal.ui.slices import slice_of

MOST_NAMED = 5
MOST_ALONE = 10
MOST_CANDIDATES = 100


@needs(Role.VIEWER)
@require_safe
def people(request: OrganizationRequest, integration: UUID) -> HttpResponse:
    """The linked people with their states, and those on the left who have no partner, with the reason."""
    shown = integration_of(integration)
    find, state = _words(request), request.GET.get("state", "")
    links = page_of(people_found(shown, find, state), Order("name"), request.GET.get("before", ""), request.GET.get("after", ""))
    lists = list_states(shown, "person")
    roster = Roster(shown)
    context = {
        "integration": shown,
        "labels": labels_of(shown),
        "rows": people_rows(shown, links.rows),
        "links": links,
        "find": find,
        "state": state,
        "states": states_of(shown),
        "alone": roster.alone[:MOST_ALONE],
        "alone_count": len(roster.alone),
        "matching_count": len(roster.matching),
        "left_out": _left_out(shown),
        "lists": lists,
        "is_refreshing": any(each.is_refreshing for each in lists),
    }
    return page(request, "linking/people.html", context, "lists" if request.htmx.target == "lists" else "links")


@needs(Role.MANAGER)
@require_safe
def add(request: OrganizationRequest, integration: UUID) -> HttpResponse:
    """Everybody on the left, to be picked and notified; whoever cannot be is there with the reason."""
    shown, find = integration_of(integration), _words(request)
    everybody = Roster(shown).candidates
    found = [each for each in everybody if _fits(each, find)] if find else everybody
    context = {
        "integration": shown,
        "labels": labels_of(shown),
        "found": slice_of(found, request.GET.get("before", ""), request.GET.get("after", ""), MOST_CANDIDATES),
        "find": find,
        "to_ask": sum(each.is_chosen_by_all for each in everybody),
        "waiting": sum(each.is_waited_for for each in everybody),
        "connected": sum(each.is_connected for each in everybody),
        "cannot": sum(bool(each.reason) and not each.is_connected for each in everybody),
    }
    return page(request, "linking/add_people.html", context, "candidates")


@needs(Role.MANAGER)
@require_POST
def notify(request: OrganizationRequest, integration: UUID) -> HttpResponse:
    """Sends the picked people their links, or connects them where nobody is asked."""
    shown = integration_of(integration)
    chosen = None if request.POST.get("who") == "all" else _chosen(request, shown)
    if chosen == []:
        messages.warning(request, "Tick the people first.")
    elif shown.asks_people:
        _say_notified(request, invitations.notify(shown, chosen, person_of(request)))
    else:
        _connect_at_once(request, shown, chosen)
    return _to_people(request, shown)


@needs(Role.MANAGER)
@require_POST
def revoke(request: OrganizationRequest, integration: UUID) -> HttpResponse:
    """Takes back the links of the ticked people that wait for an answer."""
    shown = integration_of(integration)
    links = invitations.revoke(shown, ticked(request), person_of(request))
    if links:
        messages.success(request, f"{_counted(len(links))} can no longer use the link. Nothing was connected.")
    else:
        messages.warning(request, "Tick people whose link waits for an answer.")
    return _to_people(request, shown)


@needs(Role.MANAGER)
def asking(request: OrganizationRequest, integration: UUID) -> HttpResponse:
    """Whether people confirm, or are connected as soon as they are linked. Connecting those who wait is confirmed first."""
    shown = integration_of(integration)
    if request.method != "POST":
        return page(request, "linking/asking.html", {"integration": shown, **_not_connected(shown)})
    if request.POST.get("asks") == "yes":
        ask_people(shown, person_of(request))
        messages.success(request, "From now on each person confirms by e-mail. Who is connected stays connected.")
    elif request.POST.get("asks") == "no":
        count = stop_asking(shown, person_of(request))
        messages.success(request, f"{_counted(count)} connected. From now on whoever is linked is connected at once.")
    else:
        return page(request, "linking/asking.html", {"integration": shown, **_not_connected(shown)}, status=422)
    return _to_people(request, shown)


@needs(Role.MANAGER)
@require_POST
def match(request: OrganizationRequest, integration: UUID) -> HttpResponse:
    """Links everybody who has the same e-mail address on both sides."""
    shown = integration_of(integration)
    count = len(match_people(shown, person_of(request)))
    if count:
        messages.success(request, f"{_counted(count)} {'matched by e-mail' if shown.asks_people else 'connected'}.")
    else:
        messages.info(request, "Nobody new has the same e-mail address on both sides.")
    return _to_people(request, shown)


@needs(Role.MANAGER)
def connect(request: OrganizationRequest, integration: UUID) -> HttpResponse:
    """Links two people whom a person chose. `look` only searches."""
    shown = integration_of(integration)
    form = ConnectPersonForm(None if "look" in request.POST else request.POST or None)
    if form.is_valid() and _link(request, form, shown):
        return _to_people(request, shown)
    context = {"integration": shown, "labels": labels_of(shown), "form": form, **pickers(request, shown, PersonLink, "person")}
    return page(request, "linking/connect_person.html", context, status=422 if form.is_bound else 200)


@needs(Role.MEMBER)
@require_POST
def refresh(request: OrganizationRequest, integration: UUID) -> HttpResponse:
    """Asks both sides for their people anew."""
    shown = integration_of(integration)
    refresh_lists(shown, "person")
    messages.info(request, "Both lists are being refreshed.")
    return _to_people(request, shown)


def _words(request: OrganizationRequest) -> str:
    return request.GET.get("find", "").replace("\0", "").strip()


def _left_out(integration: Integration) -> list[dict[str, Any]]:
    """What the newest sync that came to its end left out for want of connected people."""
    newest = integration.syncs.filter(state="done").order_by("-created_at").first()
    return [each for each in newest.left_out if each.get("about") == "people"] if newest else []


def _fits(candidate: Candidate, find: str) -> bool:
    return find.casefold() in f"{candidate.person.name} {candidate.person.email}".casefold()


def _chosen(request: OrganizationRequest, shown: Integration) -> list[str]:
    """Ids on the left: of people on the page that adds them, or of ticked links."""
    of_links = PersonLink.live.filter(integration=shown, pk__in=ticked(request)).values_list("left_id", flat=True)
    return [*request.POST.getlist("person"), *of_links]


def _say_notified(request: OrganizationRequest, notified: invitations.Notified) -> None:
    if notified.links:
        messages.success(request, f"{_counted(len(notified.links))} notified. Each gets a personal link by e-mail, good for 7 days.")
    if notified.left_out:
        messages.warning(request, f"Not notified: {_named(notified.left_out)}")
    if not (notified.links or notified.left_out):
        messages.info(request, "Everybody who can be asked has been asked already.")


def _connect_at_once(request: OrganizationRequest, shown: Integration, chosen: Sequence[str] | None) -> None:
    one_at_a_time(shown)
    picked = [each for each in Roster(shown).candidates if chosen is None or each.person.id in chosen]
    able = [each for each in picked if not each.reason and (chosen is not None or each.is_chosen_by_all)]
    standing = PersonLink.live.filter(pk__in=[each.link.pk for each in able if each.link])
    links = link_candidates(shown, able, person_of(request)) + connect_at_once(shown, standing, person_of(request))
    left_out = [(each.name, each.reason) for each in picked if each.reason] if chosen is not None else []
    if links or not left_out:
        messages.success(request, f"{_counted(len(links))} connected.")
    if left_out:
        messages.warning(request, f"Not connected: {_named(left_out)}")


def _not_connected(shown: Integration) -> dict[str, Any]:
    waiting = not_connected(shown).order_by("name")
    return {"waiting": waiting[:MOST_CANDIDATES], "waiting_count": waiting.count()}


def _named(left_out: Sequence[tuple[str, str]]) -> str:
    """The first few with their reasons, and how many more there are."""
    said = "; ".join(f"{name}: {reason[0].lower()}{reason[1:].rstrip('.')}" for name, reason in left_out[:MOST_NAMED])
    more = len(left_out) - MOST_NAMED
    return f"{said}; and {more} more." if more > 0 else f"{said}."


def _counted(count: int) -> str:
    return "1 person" if count == 1 else f"{count} people"


def _link(request: OrganizationRequest, form: ConnectPersonForm, integration: Integration) -> bool:
    try:
        link = link_person(integration, form.cleaned_data["left"], form.cleaned_data["right"], person_of(request))
    except CannotLink as cannot:
        form.add_error(None, str(cannot))
        return False
    messages.success(request, f"{link.name} is {'linked. Notify them, so that they connect' if integration.asks_people else 'connected'}.")
    return True


def _to_people(request: OrganizationRequest, integration: Integration) -> HttpResponse:
    return redirect_see_other("linking:people", request.organization.slug, integration.pk)
