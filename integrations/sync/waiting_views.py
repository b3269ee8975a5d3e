"""What waits for a person: the page that shows it, and the answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.views.decorators.http import require_POST, require_safe

from integrations.linking.models import Integration, ProjectLink
from integrations.linking.queries import integration_of, labels_of
from integrations.sync.approvals import OutdatedList, WrongAnswer, answer_all, ask_again, decided, seal_of, waiting
from integrations.sync.models import Approval
from integrations.sync.presenting import WHYS
from integrations.sync.steps import Why
from portal.organizations.access import OrganizationRequest, needs
from portal.organizations.models import Role
from portal.organizations.views import person_of
from portal.ui.pages import page, redirect_see_other
from portal.ui.slices import Slice, slice_of

SHOWN = 25
DECIDED_SHOWN = 25
NOTHING_CHOSEN = "Nothing was ticked. Tick what you decide about, or press the button beside it."


@dataclass(frozen=True)
class Question:
    """One that waits, with the project that it belongs to. `seal` stands for what it says, so that an answer is to exactly this."""

    approval: Approval
    project: str

    @property
    def seal(self) -> str:
        return seal_of([self.approval])


@dataclass(frozen=True)
class Pile:
    """What waits for one reason."""

    why: Why
    questions: Slice[Question]
    is_alone: bool

    @property
    def title(self) -> str:
        return WHYS[self.why][0]

    @property
    def text(self) -> str:
        return WHYS[self.why][1]

    @property
    def is_of_values(self) -> bool:
        return self.why is Why.CONFLICT

    @property
    def hidden(self) -> int:
        return 0 if self.is_alone else self.questions.total - len(self.questions.rows)


@dataclass(frozen=True)
class Given:
    """What somebody answered: to these keys, as they stood under the seal."""

    answer: str
    keys: Sequence[str]
    is_outdated: bool = False


@needs(Role.VIEWER)
@require_safe
def approvals(request: OrganizationRequest, integration: UUID) -> HttpResponse:
    """What waits for a person, and what was decided lately."""
    return _page(request, integration_of(integration))


@needs(Role.MANAGER)
@require_POST
def answer(request: OrganizationRequest, integration: UUID) -> HttpResponse:
    """Answers one of those that wait, those that are ticked, or all of a reason. Nothing is done with a list that has changed meanwhile."""
    shown = integration_of(integration)
    given = _given(request, list(waiting(shown)))
    if not given.keys and not given.is_outdated:
        return _page(request, shown, NOTHING_CHOSEN)
    try:
        _keep(request, shown, given)
    except (OutdatedList, WrongAnswer) as refused:
        return _page(request, shown, str(refused))
    messages.success(
        request,
        "1 decided. A sync begins in a moment." if len(given.keys) == 1 else f"{len(given.keys)} decided. A sync begins in a moment.",
    )
    return redirect_see_other("sync:approvals", request.organization.slug, shown.pk)


@needs(Role.MANAGER)
@require_POST
def reconsider(request: OrganizationRequest, integration: UUID, approval: UUID) -> HttpResponse:
    """Takes a decision back: the next sync asks again."""
    shown = integration_of(integration)
    ask_again(shown, approval, person_of(request))
    messages.success(request, "The decision is taken back. The next sync asks again.")
    return redirect_see_other("sync:approvals", request.organization.slug, shown.pk)


def _keep(request: OrganizationRequest, integration: Integration, given: Given) -> None:
    if given.is_outdated:
        raise OutdatedList("This has changed since it was shown. Look again, then decide.")
    standing = seal_of(waiting(integration)) if "one" in request.POST else request.POST.get("seal", "")
    answer_all(integration, standing, given.keys, given.answer, person_of(request))


def _given(request: OrganizationRequest, rows: Sequence[Approval]) -> Given:
    """What the form says: the button beside one (`one`), a button for all of a reason (`all`), or one for those that are ticked (`do`)."""
    if "one" in request.POST:
        word, key, seal = (*request.POST["one"].split("/"), "", "", "")[:3]
        row = next((row for row in rows if str(row.pk) == key), None)
        return Given(word, [row.key], seal_of([row]) != seal) if row else Given(word, [], True)
    if "all" in request.POST:
        word, why = (*request.POST["all"].split("/"), "", "")[:2]
        return Given(word, [row.key for row in rows if row.why == why])
    ticked = set(request.POST.getlist("held"))
    known = {str(row.pk): row.key for row in rows}
    return Given(request.POST.get("do", ""), [known[key] for key in ticked & known.keys()], not ticked <= known.keys())


def _page(request: OrganizationRequest, integration: Integration, refusal: str = "") -> HttpResponse:
    rows = list(waiting(integration))
    lately = list(decided(integration)[:DECIDED_SHOWN])
    names = dict(ProjectLink.objects.filter(integration=integration, pk__in={row.link_id for row in rows}).values_list("pk", "name"))
    alone = request.GET.get("why", "")
    context = {
        "integration": integration,
        "labels": labels_of(integration),
        "piles": [pile for why in Why if (pile := _pile(request, why, rows, names, alone))],
        "seal": seal_of(rows),
        "refusal": refusal,
        "decided": lately,
        "alone": alone,
    }
    return page(request, "sync/approvals.html", context, "waiting", status=422 if refusal else 200)


def _pile(request: OrganizationRequest, why: Why, rows: Sequence[Approval], names: dict[UUID, str], alone: str) -> Pile | None:
    questions = [Question(row, names.get(row.link_id, "") if row.link_id else "") for row in rows if row.why == why]
    if not questions or (alone and alone != why):
        return None
    if alone:
        return Pile(why, slice_of(questions, request.GET.get("before", ""), request.GET.get("after", "")), True)
    return Pile(why, slice_of(questions, size=SHOWN), False)
