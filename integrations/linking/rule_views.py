"""New projects: the rule that settles them, and the review list of what waits for a person."""

from __future__ import annotations

from copy import copy
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from integrations.linking.asked import counted, person_of
from integrations.linking.connecting_views import chooser, refusal_of, row_of
from integrations.linking.forms import RuleForm
from integrations.linking.models import DismissedProject, Integration, ProjectLink
from integrations.linking.previews import Decision, Preview, Row, preview_page, tiles_of
from integrations.linking.queries import integration_of, labels_of
from integrations.linking.rules import SETTLES, Outcome, accept, dismiss, outcome_of, review_list, save_rule, statuses_of, undismiss
from integrations.linking.services import CannotLink, one_at_a_time
from portal.organizations.access import OrganizationRequest, needs
from portal.organizations.models import Role
from portal.ui.keyset import Order, page_of
from portal.ui.pages import page, redirect_see_other
from portal.ui.slices import slice_of

reads_and_sends = require_http_methods(["GET", "HEAD", "POST"])
ASKED = "new_projects"  # in the address: a rule to look at
MOST_OTHERS = 20
MOST_REASONS = 5
LINKING, MAKING, DISMISSING = "link", "create", "dismiss"


@needs(Role.MANAGER)
@reads_and_sends
def rule(request: OrganizationRequest, integration: UUID) -> HttpResponse:
    """The rule for new projects: asked for in a form, shown with what it would do now, and kept."""
    shown = integration_of(integration)
    given = request.POST if request.method == "POST" else request.GET if ASKED in request.GET else None
    form = RuleForm(statuses_of(shown), given, instance=copy(shown))
    if given is None or not form.is_valid():
        context = {"integration": shown, "labels": labels_of(shown), "form": form}
        return page(request, "linking/rule.html", context, status=422 if form.is_bound else 200)
    return _preview_rule(request, shown, form)


@needs(Role.MANAGER)
@reads_and_sends
def review(request: OrganizationRequest, integration: UUID) -> HttpResponse:
    """The new projects that wait: each can be linked, created or dismissed, alone or with others."""
    shown = integration_of(integration)
    refusal = refusal_of(shown) if _decided(request.POST)[0] == MAKING else ""
    if request.method == "POST" and not refusal:
        return _decide(request, shown)
    reviews = review_list(shown)
    waiting = slice_of(reviews.waiting, request.GET.get("before", ""), request.GET.get("after", ""))
    context = {
        "integration": shown,
        "labels": labels_of(shown),
        "waiting": waiting,
        "reviews": reviews.suggested(waiting.rows),
        "others": reviews.others[:MOST_OTHERS],
        "other_count": len(reviews.others),
        "can_create": reviews.may_create,
        "refusal": refusal,
        "dismissed_count": DismissedProject.objects.filter(integration=shown).count(),
    }
    return page(request, "linking/review.html", context, "reviews", 422 if refusal else 200)


@needs(Role.MANAGER)
@reads_and_sends
def dismissed(request: OrganizationRequest, integration: UUID) -> HttpResponse:
    """The projects that somebody dismissed; each can be taken back."""
    shown = integration_of(integration)
    if request.method == "POST":
        count = undismiss(shown, request.POST.getlist("project"), person_of(request))
        _say(request, count, f"{counted(ProjectLink, count)} back among the new ones.", "Tick the projects first.")
        return redirect_see_other("linking:dismissed", **_where(request, shown))
    rows = DismissedProject.objects.filter(integration=shown).select_related("dismissed_by")
    found = page_of(rows, Order("name"), request.GET.get("before", ""), request.GET.get("after", ""))
    return page(request, "linking/dismissed.html", {"integration": shown, "dismissed": found}, "dismissed")


def _preview_rule(request: OrganizationRequest, integration: Integration, form: RuleForm) -> HttpResponse:
    """What a rule would do now, and with the right seal doing it."""
    changed = form.instance
    if request.method == "POST":
        one_at_a_time(integration)
    outcome = outcome_of(changed)
    preview = _preview(request, integration, form, outcome)
    if request.method == "POST" and Decision.read(request.POST).accepts(preview):
        return _keep(request, changed, outcome)
    return preview_page(request, integration, preview)


def _keep(request: OrganizationRequest, changed: Integration, outcome: Outcome) -> HttpResponse:
    try:
        links = save_rule(changed, outcome, person_of(request))
    except CannotLink as cannot:
        messages.error(request, str(cannot))
        return redirect_see_other("linking:rule", **_where(request, changed))
    messages.success(request, f"The rule is saved. {counted(ProjectLink, len(links))} linked by it." if links else "The rule is saved.")
    return redirect_see_other("linking:review", **_where(request, changed))


def _preview(request: OrganizationRequest, integration: Integration, form: RuleForm, outcome: Outcome) -> Preview:
    labels, choose = labels_of(integration), chooser(request, integration)
    waiting = [
        Row(
            key=proposal.left.id,
            name=proposal.left.name,
            note=proposal.left.client,
            partner=proposal.right.name if proposal.right else "",
            effect="wait",
            state="attention",
            word="Waits for you",
            why=proposal.why,
            choose_url=choose(proposal),
        )
        for proposal in outcome.waiting
    ]
    others = [
        Row(key=facts.id, name=facts.name, note=facts.client, word="Left alone", why="The rule is not for it.") for facts in outcome.others
    ]
    rows = [*(row_of(proposal, choose) for proposal in outcome.settled), *waiting, *others]
    words = [
        ("Created", f"in {labels.right}"),
        ("Taken up", "the partner is there"),
        ("Waits for you", "in the review list"),
        ("Left alone", "the rule is not for it"),
    ]
    return Preview(
        title="The rule for new projects",
        lead=f"{form.in_words()} This is what it does with the projects that are new now.",
        button=lambda count: "Save the rule",
        rows=rows,
        tiles=tiles_of(rows, words),
        back=reverse("linking:rule", kwargs=_where(request, integration)),
        here=request.path,
        nothing=f"No project in {labels.left} is new. The rule is followed when one appears.",
        is_whole=True,
        refusal=refusal_of(integration) if SETTLES[form.cleaned_data["new_projects"]] else "",
        hidden=form.as_hidden(),
    )


def _decide(request: OrganizationRequest, integration: Integration) -> HttpResponse:
    """A button of one row names its project; a batch button takes the ticked ones."""
    person = person_of(request)
    what, left_ids = _decided(request.POST)
    if not left_ids:
        messages.warning(request, "Tick the projects first.")
    elif what == DISMISSING:
        count = len(dismiss(integration, left_ids, person))
        _say(request, count, f"{counted(ProjectLink, count)} dismissed. You find them under “Dismissed”.", "They are not new any more.")
    else:
        _accept(request, integration, what, left_ids)
    return redirect_see_other("linking:review", **_where(request, integration))


def _accept(request: OrganizationRequest, integration: Integration, what: str, left_ids: list[str]) -> None:
    partners = {left_id: request.POST.get(f"partner-{left_id}", "") if what == LINKING else "" for left_id in left_ids}
    without = [left_id for left_id, right_id in partners.items() if what == LINKING and not right_id]
    try:
        links, refused = accept(integration, {key: partner for key, partner in partners.items() if key not in without}, person_of(request))
    except CannotLink as cannot:
        messages.error(request, str(cannot))
        return
    if links:
        messages.success(request, f"{counted(ProjectLink, len(links))} linked.")
    for name, reason in refused[:MOST_REASONS]:
        messages.warning(request, f"“{name}” is not linked. {reason}")
    if len(refused) > MOST_REASONS:
        messages.warning(request, f"{len(refused) - MOST_REASONS} more could not be linked for such reasons.")
    if without:
        messages.warning(request, f"{counted(ProjectLink, len(without))} without a suggestion. Choose by hand, or create.")


def _decided(given: QueryDict) -> tuple[str, list[str]]:
    """What is to be done, and with which projects."""
    for what in (LINKING, MAKING, DISMISSING):
        if what in given:
            return what, given.getlist(what)[:1]
    batch = given.get("batch", "")
    return (batch, given.getlist("project")) if batch in {LINKING, MAKING, DISMISSING} else (DISMISSING, [])


def _say(request: OrganizationRequest, count: int, done: str, nothing: str) -> None:
    if count:
        messages.success(request, done)
    else:
        messages.warning(request, nothing)


def _where(request: OrganizationRequest, integration: Integration) -> dict[str, object]:
    return {"organization": request.organization.slug, "integration": integration.pk}
