"""Looking closely: why a task is not synced, and one linked project side by side."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from integrations.linking.models import Integration
from integrations.linking.queries import Labels, integration_of, labels_of
from integrations.linking.services import parts_of
from integrations.records.models import Record
from integrations.records.picking import Asked, picker
from integrations.records.search import clean
from integrations.sync.comparing import compare, narrowed
from integrations.sync.explaining import AskedTask, Refusal, Sentence, explain, pair_of
from integrations.sync.models import Obstacle
from integrations.sync.obstacles import blame, side_of
from integrations.sync.obstacles import try_now as lift
from integrations.sync.plan import plan
from integrations.sync.queries import link_of, looked_at, refused_of
from integrations.sync.reading import read_situation
from portal.organizations.access import OrganizationRequest, needs
from portal.organizations.models import Role
from portal.organizations.views import person_of
from portal.ui.pages import page, redirect_see_other
from portal.ui.slices import slice_of
from portal.ui.words import ago_words


@needs(Role.VIEWER)
@require_safe
def why(request: OrganizationRequest, integration: UUID) -> HttpResponse:
    """Why a task on the left is not synced, or what happens with it next."""
    shown = integration_of(integration)
    asked = _asked_task(shown, clean(request.GET.get("task", "")))
    chosen = Asked(name="task", chosen=[asked.id] if asked else [], words=clean(request.GET.get("find_task", "")), blank="Choose a task")
    context = {
        "integration": shown,
        "labels": labels_of(shown),
        "picker": picker(request.organization.slug, shown.left, parts_of(shown.left).task.entity, chosen, "Task"),
        "is_unknown": asked is None and "task" in request.GET and request.GET["task"] != "",
        "task": asked,
        "said": _said(shown, asked) if asked else [],
        "looked_at": looked_at(shown),
    }
    return page(request, "sync/why.html", context, "answer")


@needs(Role.VIEWER)
@require_safe
def compare_sides(request: OrganizationRequest, integration: UUID, link: UUID) -> HttpResponse:
    """One linked project, field by field and task by task, on both sides."""
    shown = integration_of(integration)
    found = link_of(shown, link)
    situation = read_situation(shown)
    linked = next(each for each in situation.links if each.id == str(found.pk))
    comparison = compare(linked, situation)
    find, only_differences = clean(request.GET.get("find", "")), "differences" in request.GET
    context = {
        "integration": shown,
        "labels": labels_of(shown),
        "link": found,
        "comparison": comparison,
        "find": find,
        "only_differences": only_differences,
        "tasks": slice_of(narrowed(comparison.tasks, find, only_differences), request.GET.get("before", ""), request.GET.get("after", "")),
        "first_day": situation.first_day,
        "last_day": situation.last_day,
        "looked_at": looked_at(shown),
        "entities": (parts_of(shown.left), parts_of(shown.right)),
    }
    return page(request, "sync/compare.html", context, "tasks")


@needs(Role.MEMBER)
@require_POST
def try_now(request: OrganizationRequest, integration: UUID, link: UUID) -> HttpResponse:
    """Tries a project that rests again, now."""
    shown = integration_of(integration)
    found = link_of(shown, link)
    lift(shown, found, person_of(request))
    messages.info(request, f"{found.name or 'The project'} is tried again in a moment.")
    back = "sync:plan" if request.POST.get("back") == "plan" else "linking:overview"
    return redirect_see_other(back, request.organization.slug, shown.pk)


def _asked_task(integration: Integration, key: str) -> AskedTask | None:
    """A task of the mirror, also one that is gone by now."""
    parts = parts_of(integration.left)
    records = Record.objects.filter(connection=integration.left)
    task = records.filter(entity=parts.task.entity, remote_id=key).first() if key else None
    if task is None:
        return None
    project = records.filter(entity=parts.project.entity, remote_id=task.parent).first()
    return AskedTask(key, task.title or key, task.parent, project.title if project else "", task.removed_at is not None)


def _said(integration: Integration, task: AskedTask) -> list[Sentence]:
    situation = read_situation(integration)
    pair, labels = pair_of(task, situation), labels_of(integration)
    refused = refused_of(integration, {task.id, pair.right_id if pair else task.id})
    refusals = [_refusal(each, labels) for each in refused]
    return explain(task, situation, plan(situation), integration.is_paused, refusals)


def _refusal(obstacle: Obstacle, labels: Labels) -> Refusal:
    side = side_of(obstacle)
    label = getattr(labels, side)
    next_try = ago_words(obstacle.next_try_at) if obstacle.next_try_at > timezone.now() else "with the next sync"
    return Refusal(label, obstacle.problem, blame(obstacle.fault, side, label).advice, next_try)
