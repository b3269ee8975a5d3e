"""The pickers of a page that links something by hand: the search select of the mirror, with only what no live link holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse

from integrations.linking.models import Integration, Link
from integrations.linking.queries import labels_of
from integrations.linking.services import linked_elsewhere, parts_of, projects
from integrations.records.models import Record
from integrations.records.picking import MOST_OPTIONS, Asked, Option, Options, Picker
from integrations.records.queries import choice_rows
from portal.organizations.access import OrganizationRequest

SIDES = ("left", "right")
CHOOSE = "Choose one"


def pickers(
    request: OrganizationRequest, integration: Integration, links: type[Link], part: str, blank_right: str = CHOOSE
) -> dict[str, Picker]:
    """A picker for each side with the records of a part (`project` or `person`) that are free. What is looked for and what is chosen stands
    in the address or the form. Needs a scope.
    """
    labels, slug = labels_of(integration), request.organization.slug
    given = request.POST or request.GET
    asked = {side: _asked(given, side, blank_right if side == "right" else CHOOSE) for side in SIDES}
    return {
        side: Picker(
            getattr(labels, side),
            _url(slug, integration, part, asked[side]),
            free_options(integration, links, part, side, asked[side]),
            f"find_{side}",
        )
        for side in SIDES
    }


def free_options(integration: Integration, links: type[Link], part: str, side: str, asked: Asked) -> Options:
    """What is chosen, then what was found, of the records on one side that no live link holds. Needs a scope."""
    free = _free(integration, links, part, side)
    read = getattr(parts_of(getattr(integration, side)), part).read
    chosen = [_option(read(data), True) for data in free("").filter(remote_id__in=asked.chosen).values_list("data", flat=True)]
    found = list(free(asked.words).exclude(remote_id__in=asked.chosen).values_list("data", flat=True)[: MOST_OPTIONS + 1])
    return Options(
        name=asked.name,
        found=[*chosen, *(_option(read(data)) for data in found[:MOST_OPTIONS])],
        words=asked.words,
        blank=asked.blank,
        is_cut=len(found) > MOST_OPTIONS,
    )


def _asked(given: Any, side: str, blank: str) -> Asked:
    chosen = given.get(side, "").replace("\0", "")
    return Asked(side, [chosen] if chosen else [], given.get(f"find_{side}", "").replace("\0", "").strip(), blank=blank)


def _url(organization: str, integration: Integration, part: str, asked: Asked) -> str:
    facts = {"part": part, "name": asked.name, "q_in": f"find_{asked.name}", "blank": asked.blank}
    address = reverse("linking:choices", kwargs={"organization": organization, "integration": integration.pk})
    return f"{address}?{urlencode(facts)}"


def _free(integration: Integration, links: type[Link], part: str, side: str) -> Callable[[str], QuerySet[Record]]:
    """The free records of one side whose titles hold some words, as a function of the words. What another integration has linked is not."""
    connection = getattr(integration, side)
    entity = getattr(parts_of(connection), part).entity
    held = links.live.filter(integration=integration).values(f"{side}_id")
    elsewhere = linked_elsewhere(integration, projects(connection)) if (part, side) == ("project", "right") else {}

    def free(words: str) -> QuerySet[Record]:
        return choice_rows(connection, entity, words, {}).exclude(remote_id__in=held).exclude(remote_id__in=list(elsewhere))

    return free


def _option(facts: Any, is_chosen: bool = False) -> Option:
    notes: Sequence[str] = (getattr(facts, "client", "") or getattr(facts, "email", ""), "" if facts.is_active else "not active")
    return Option(facts.id, facts.name or facts.id, is_chosen, " · ".join(note for note in notes if note))
