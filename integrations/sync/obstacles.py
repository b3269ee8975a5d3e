"""What was refused: whose side it is, what to do about it, and when it is tried again. Everything here needs a scope."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Max
from django.utils import timezone

from integrations.catalogue import FaultKind
from integrations.connections.models import Credential
from integrations.linking.history import note_link, note_links
from integrations.linking.models import Integration, LinkEvent, ProjectLink
from integrations.records.models import Record
from integrations.sync.models import Obstacle, StepRecord
from integrations.sync.situation import Situation
from integrations.sync.steps import Plan, Step
from portal.accounts.models import User
from portal.organizations.audit import audit
from portal.work.claims import make_due

AT_ONCE = timedelta(0)
WAITS = (AT_ONCE, timedelta(minutes=15), timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))  # after so many failures in a row
REFUSED_AT_FIRST = 5  # steps of a link that are refused, none done: then the link as a whole rests


@dataclass(frozen=True)
class Blame:
    """Whose side a problem is (`yours`, `left`, `right` or `ours`), and what to do about it."""

    at_fault: str
    advice: str


YOURS, THEIRS = "yours", ""
WORDS = {
    FaultKind.SIGNED_OUT: (YOURS, "Sign the connection to {label} in again."),
    FaultKind.FORBIDDEN: (
        YOURS,
        "Give the account behind the connection the right to do this in {label}, or sign in as somebody who has it.",
    ),
    FaultKind.NOT_FOUND: (YOURS, "Look in {label} whether it still stands, and whether the account behind the connection may see it."),
    FaultKind.REFUSED: (YOURS, "Change what {label} does not accept; the message says what that is."),
    FaultKind.STALE: (THEIRS, "Nothing: somebody changed it in {label} at the same moment. It is tried again by itself."),
    FaultKind.THROTTLED: (THEIRS, "Nothing: {label} asked for a pause. It goes on by itself."),
    FaultKind.DOWN: (THEIRS, "Nothing: {label} does not work at the moment. It is tried again by itself."),
    FaultKind.LOST: (THEIRS, "Nothing: the answer of {label} was lost. The next sync looks whether it was done."),
}
UNREADABLE = (THEIRS, "Nothing: {label} sent an answer that makes no sense. It is tried again by itself.")


def blame(fault: str, side: str, label: str) -> Blame:
    """Reads it off the way in which a call went wrong. Without a fault the input was not even sent: a person must change the record."""
    kind = FaultKind(fault) if fault in set(FaultKind) else None
    whose, advice = WORDS[kind or FaultKind.REFUSED] if kind or not fault else UNREADABLE
    return Blame(whose or side, advice.format(label=label))


# --- What rests -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Resting:
    """Keys of steps, and links, that are not tried again yet."""

    keys: frozenset[str] = frozenset()
    links: frozenset[UUID] = frozenset()


def resting_of(integration: Integration, links: Iterable[ProjectLink]) -> Resting:
    """What is not tried again yet. It is lifted early where the record, its link or its connection has changed since."""
    now = timezone.now()
    obstacles = list(Obstacle.objects.filter(integration=integration))
    by_id: dict[UUID | None, ProjectLink] = {link.pk: link for link in links}
    waiting = [link for link in by_id.values() if link.next_try_at and link.next_try_at > now]
    if not obstacles and not waiting:
        return Resting()
    changes = _Changes(integration, obstacles, by_id)
    keys = {each.key for each in obstacles if each.next_try_at > now and not changes.lift(each)}
    resting_links = {link.pk for link in waiting if not changes.lift_link(link)}
    return Resting(frozenset(keys | {f"link/{link}" for link in resting_links}), frozenset(resting_links))


class _Changes:
    """When what obstacles speak of was changed: records in the mirror, links, and sign-ins."""

    def __init__(self, integration: Integration, obstacles: list[Obstacle], links: dict[UUID | None, ProjectLink]) -> None:
        self._obstacles, self._links = obstacles, links
        sides = (integration.left_id, integration.right_id)
        ids = {id_ for each in obstacles for id_ in concerned(each)} | {id_ for link in links.values() for id_ in _ids(link)}
        records = Record.objects.filter(connection__in=sides, remote_id__in=ids).values_list("remote_id")
        self._changed: dict[str, datetime] = dict(records.annotate(Max("changed_at")))
        signed_in = dict(Credential.objects.filter(connection__in=sides).values_list("connection_id", "created_at"))
        self._signed_in = {"left": signed_in.get(integration.left_id), "right": signed_in.get(integration.right_id)}

    def lift(self, obstacle: Obstacle) -> bool:
        """Whether the record, its link, its projects or the sign-in changed since a step was refused."""
        link = self._links.get(obstacle.link_id)
        ids = concerned(obstacle) | (_ids(link) if link else set())
        return self._is_newer(obstacle.last_at, ids, [self._signed_in.get(side_of(obstacle)), link.linked_at if link else None])

    def lift_link(self, link: ProjectLink) -> bool:
        """The same for all of a link."""
        refused_at = [each.last_at for each in self._obstacles if each.link_id == link.pk]
        return bool(refused_at) and self._is_newer(max(refused_at), _ids(link), [*self._signed_in.values(), link.linked_at])

    def _is_newer(self, moment: datetime, ids: Collection[str], others: Iterable[datetime | None]) -> bool:
        times = [*others, *(self._changed.get(id_) for id_ in ids)]
        return any(at is not None and at > moment for at in times)


def _ids(link: ProjectLink) -> set[str]:
    return {link.left_id, link.right_id} - {""}


def side_of(obstacle: Obstacle) -> str:
    return obstacle.key.split("/")[1]


def concerned(obstacle: Obstacle) -> set[str]:
    """The ids of the records that a step is about: its subject, for time what its key is made of."""
    _kind, _side, _link, *subject = obstacle.key.split("/")
    return set(subject) - {""}


def forget_unwanted(integration: Integration, situation: Situation, made: Plan) -> None:
    """Forgets what was refused once and is wanted no more. Of a link that rests as a whole nothing is planned: its obstacles stay."""
    wanted = {step.key for step in made.steps} | {each.key for each in made.held} | made.resting
    resting = {UUID(link.id) for link in situation.links if link.is_resting}
    obstacles = Obstacle.objects.filter(integration=integration)
    unwanted = [each.pk for each in obstacles if each.key not in wanted and each.link_id not in resting]
    obstacles.filter(pk__in=unwanted).delete()


def try_now(integration: Integration, link: ProjectLink, person: User | None = None) -> None:
    """Lifts all that rests of a link, and asks for a sync."""
    now = timezone.now()
    Obstacle.objects.filter(integration=integration, link_id=link.pk).update(next_try_at=now)
    if ProjectLink.objects.filter(pk=link.pk).exclude(next_try_at=None).update(next_try_at=None):
        note_link(link, LinkEvent.What.RESUMED, person, "Somebody asked for another try.")
    audit(person, "project.tried_again", link.name)
    make_due(integration)


# --- While a sync goes on -------------------------------------------------------------------------------------------------


@dataclass
class Problem:
    """The first thing that went wrong with a link in a sync."""

    message: str
    blame: Blame


class LinkHealth:
    """Keeps book of what is refused and what is done, and tells the links at the end."""

    def __init__(self, integration: Integration, labels: dict[str, str]) -> None:
        self._integration, self._labels = integration, labels
        self._known = {each.key: each for each in Obstacle.objects.filter(integration=integration)}
        self._problems: dict[str, Problem] = {}
        self._refused: Counter[str] = Counter()
        self._done: Counter[str] = Counter()

    def rests(self, link: str) -> bool:
        """Whether so much of a link was refused that the rest of it is not tried."""
        return not self._done[link] and self._refused[link] >= REFUSED_AT_FIRST

    def note(self, step: Step, outcome: StepRecord.Outcome, message: str, fault: str) -> None:
        """Notes how a step ended."""
        found = blame(fault, step.side, self._labels[step.side])
        if outcome in {StepRecord.Outcome.REFUSED, StepRecord.Outcome.UNKNOWN}:
            self._problems.setdefault(step.link, Problem(message, found))
        if outcome == StepRecord.Outcome.REFUSED:
            self._refused[step.link] += 1
            self._put_down(step, message, fault, found)
        elif outcome == StepRecord.Outcome.DONE:
            self._done[step.link] += step.kind.writes
            self._lift(step)

    def _put_down(self, step: Step, message: str, fault: str, found: Blame) -> None:
        now, before = timezone.now(), self._known.get(step.key)
        failures = before.failures + 1 if before else 1
        facts = {
            "link_id": UUID(step.link) if step.link else None,
            "title": step.title[:300],
            "problem": message,
            "fault": fault,
            "at_fault": found.at_fault,
            "failures": failures,
            "last_at": now,
            "next_try_at": now + wait_after(failures),
        }
        self._known[step.key], _ = Obstacle.objects.update_or_create(integration=self._integration, key=step.key, defaults=facts)

    def _lift(self, step: Step) -> None:
        if step.key in self._known:
            Obstacle.objects.filter(pk=self._known.pop(step.key).pk).delete()

    def tell_links(self, *, reached_its_end: bool) -> None:
        """Each link says what went wrong in this sync; if that reached its end, the others say that nothing is wrong with them any more."""
        links = {str(link.pk): link for link in ProjectLink.live.filter(integration=self._integration)}
        for key, problem in self._problems.items():
            if key in links:
                self._tell(links[key], problem)
        if reached_its_end:
            self._clear(link for key, link in links.items() if key not in self._problems)

    def _tell(self, link: ProjectLink, problem: Problem) -> None:
        was_well = not link.problem
        link.problem, link.at_fault, link.advice = problem.message, problem.blame.at_fault, problem.blame.advice
        link.failures += 1
        link.next_try_at = timezone.now() + wait_after(link.failures + 1) if self.rests(str(link.pk)) else None
        link.save(update_fields=["problem", "at_fault", "advice", "failures", "next_try_at"])
        if link.next_try_at:
            note_link(link, LinkEvent.What.PAUSED, note=problem.message)
        elif was_well:
            note_link(link, LinkEvent.What.FAILED, note=problem.message)

    def _clear(self, links: Iterable[ProjectLink]) -> None:
        """What still rests keeps its words."""
        held_up = {each.link_id for each in self._known.values()}
        now = timezone.now()
        well = [link for link in links if _has_words(link) and link.pk not in held_up and not (link.next_try_at and link.next_try_at > now)]
        ids = [link.pk for link in well]
        ProjectLink.objects.filter(pk__in=ids).update(problem="", at_fault="", advice="", failures=0, next_try_at=None)
        note_links([link for link in well if link.problem], LinkEvent.What.RESUMED)


def _has_words(link: ProjectLink) -> bool:
    return bool(link.problem or link.failures or link.next_try_at)


def wait_after(failures: int) -> timedelta:
    """How long a step rests that was refused so many times in a row."""
    return WAITS[min(failures, len(WAITS)) - 1]
