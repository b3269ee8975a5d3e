"""Counts what links hold, for the pages of linking. A number of queries that does not grow with the links. Needs a scope."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

from django.db.models import F, Func, IntegerField, Sum, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from integrations.linking.holdings import Holding
from integrations.linking.models import Integration, Link, ProjectLink
from integrations.sync.models import Pair

SECONDS = Sum(Cast(KeyTextTransform("seconds", "values"), IntegerField()))


def count_holdings(integration: Integration, links: type[Link], chosen: Collection[Link]) -> Mapping[Link, Holding]:
    """Tasks that are paired and time that was written back: of projects by their pairs, of people by the ids in them."""
    return _of_projects(integration, chosen) if links is ProjectLink else _of_people(integration, chosen)


def _of_projects(integration: Integration, chosen: Collection[Link]) -> Mapping[Link, Holding]:
    pairs = Pair.objects.filter(integration=integration, project_link__in=[link.pk for link in chosen])
    tasks = Counter(pairs.filter(part=Pair.Part.TASK).values_list("project_link", flat=True))
    seconds = dict(pairs.filter(part=Pair.Part.TIME).order_by().values_list("project_link").annotate(seconds=SECONDS))
    return {link: Holding(tasks[link.pk], seconds.get(link.pk) or 0) for link in chosen}


def _of_people(integration: Integration, chosen: Collection[Link]) -> Mapping[Link, Holding]:
    """The second part of a piece of time's key is the person; a task's pair says whom we assigned."""
    pairs, wanted = Pair.objects.filter(integration=integration), {link.right_id for link in chosen}
    assigned = Counter(
        person
        for people in pairs.filter(part=Pair.Part.TASK).values_list("values__assignee_ids", flat=True)
        for person in people or ()
        if person in wanted
    )
    whose = Func(F("right_id"), Value("/"), Value(2), function="split_part", output_field=TextField())
    times = pairs.filter(part=Pair.Part.TIME).annotate(whose=whose).filter(whose__in=wanted).order_by()
    seconds = dict(times.values_list("whose").annotate(seconds=SECONDS))
    return {link: Holding(assigned[link.right_id], seconds.get(link.right_id) or 0) for link in chosen}
