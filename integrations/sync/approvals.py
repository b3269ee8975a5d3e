"""What waits for a person, and what people decided. Everything here needs a scope."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone

from integrations.linking.models import Integration, ProjectLink
from integrations.sync.models import Approval
from integrations.sync.situation import Situation
from integrations.sync.steps import Held, Plan, Step, Why
from integrations.sync.undecided import OF_TIME, Undecided, subject_of
from portal.accounts.models import User
from portal.organizations.audit import audit
from portal.work.claims import make_due

FITTING = {
    True: (Approval.Answer.LEFT, Approval.Answer.RIGHT),
    False: (Approval.Answer.APPROVE, Approval.Answer.DECLINE),
}
"""The answers that a question of two values takes, and those that a step takes."""


class OutdatedList(ValueError):
    """What waits has changed since the list was shown; the message says so, for the person who answered."""


class WrongAnswer(ValueError):
    """An answer that does not fit: a question wants a side, a step wants a yes or no."""


def waiting(integration: Integration) -> QuerySet[Approval]:
    """What waits for an answer, in a fixed order."""
    return Approval.objects.filter(integration=integration, answer="").order_by("kind", "title", "key")


def seal_of(approvals: Iterable[Approval]) -> str:
    """Stands for exactly these: a list with another seal asks for something else."""
    asked = sorted(f"{each.key}\n{each.title}\n{each.left}\n{each.right}" for each in approvals)
    return hashlib.sha256("\n\n".join(asked).encode()).hexdigest()


def answers_of(integration: Integration) -> dict[str, str]:
    """What people decided, by the key of what waited; empty where nobody has yet."""
    return dict(Approval.objects.filter(integration=integration).values_list("key", "answer"))


def is_approved(integration: Integration, step: Step) -> bool:
    """Whether a person agreed to exactly this step."""
    return Approval.objects.filter(integration=integration, key=step.key, answer=Approval.Answer.APPROVE).exists()


def times_asked_about(integration: Integration) -> list[str]:
    """The ids on the left of written-back time in linked projects that waits for a person, or that one has decided about."""
    linked = ProjectLink.live.filter(integration=integration).values("pk")
    return [subject_of(each) for each in Approval.objects.filter(integration=integration, kind__in=OF_TIME, link_id__in=linked)]


def answer(integration: Integration, key: str, answer: str, person: User | None) -> None:
    """Answers one of those that wait, and asks for a sync. Raises `OutdatedList` where it waits no more, and `WrongAnswer`."""
    _answer(integration, [key], answer, person)


def answer_all(integration: Integration, seal: str, keys: Collection[str], answer: str, person: User | None) -> None:
    """Answers several at once, as they stood in the list that was shown. Raises `OutdatedList` where that has changed, and `WrongAnswer`:
    nothing is answered then.
    """
    if seal_of(waiting(integration).select_for_update()) != seal:
        raise OutdatedList("What waits has changed since this list was shown. Look again, then decide.")
    _answer(integration, keys, answer, person)


def _answer(integration: Integration, keys: Collection[str], answer: str, person: User | None) -> None:
    chosen = list(waiting(integration).filter(key__in=keys).select_for_update())
    if not chosen or len(chosen) < len(set(keys)):
        raise OutdatedList("That waits no more: somebody else has decided, or there is nothing left to do.")
    if any(answer not in FITTING[each.why == Why.CONFLICT] for each in chosen):
        raise WrongAnswer("Choose a side where two values differ, and yes or no where something is to be done.")
    for each in chosen:
        each.answer, each.answered_by, each.answered_at = answer, person, timezone.now()
    Approval.objects.bulk_update(chosen, ["answer", "answered_by", "answered_at"])
    audit(person, f"sync.{_done(answer)}", str(integration), steps=len(chosen), titles=[each.title for each in chosen][:100])
    make_due(integration)


def decided(integration: Integration) -> QuerySet[Approval]:
    """What people decided and what still counts, the newest first."""
    return Approval.objects.filter(integration=integration).exclude(answer="").select_related("answered_by").order_by("-answered_at", "pk")


def ask_again(integration: Integration, key: UUID, person: User | None) -> None:
    """Takes a decision back: what was decided waits again."""
    approval = get_object_or_404(decided(integration), pk=key)
    approval.answer, approval.answered_by, approval.answered_at = "", None, None
    approval.save(update_fields=["answer", "answered_by", "answered_at"])
    audit(person, "sync.reconsidered", str(integration), title=approval.title)


def _done(answer: str) -> str:
    return {Approval.Answer.APPROVE: "approved", Approval.Answer.DECLINE: "declined"}.get(Approval.Answer(answer), "settled")


# --- Keeping the rows equal to the plan -----------------------------------------------------------------------------------


def keep_waiting(integration: Integration, situation: Situation, made: Plan) -> None:
    """Makes the rows what a plan holds back. What people decided stays as long as it is still to be done or would be asked again, and
    every row as long as the plan could not see what it is about: it must not go on by itself once that is seen again.
    """
    standing = {each.key: each for each in Approval.objects.filter(integration=integration)}
    mattering, undecided = _mattering(made), Undecided(integration, situation, standing.values())
    settled = [each.pk for key, each in standing.items() if key not in mattering and each not in undecided]
    Approval.objects.filter(pk__in=settled).delete()
    asked = [each for each in made.held if each.key not in standing or not standing[each.key].answer]
    Approval.objects.bulk_create(
        [_row(integration, each) for each in asked],
        update_conflicts=True,
        unique_fields=["organization", "integration", "key"],
        update_fields=["kind", "side", "title", "why", "link_id", "left", "right"],
    )


def _mattering(made: Plan) -> frozenset[str]:
    """The keys that a plan is about: what it does, holds back, leaves to rest, and does otherwise because of an answer."""
    return frozenset({*(step.key for step in made.steps), *(each.key for each in made.held), *made.declined, *made.resting, *made.answered})


def _row(integration: Integration, held: Held) -> Approval:
    return Approval(
        integration=integration,
        key=held.key,
        kind=held.kind,
        side=held.side,
        title=held.title[:300],
        why=held.why,
        link_id=UUID(held.link) if held.link else None,
        left=held.left,
        right=held.right,
    )
