"""Syncing an integration: look at both sides, plan, apply."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from integrations.connections.models import Connection, State
from integrations.connections.services import Urgency, open_client
from integrations.linking.models import Integration
from integrations.linking.rules import follow_rule
from integrations.operations.models import Attempt, Run
from integrations.sync.applying import Progress, Sides, apply
from integrations.sync.approvals import keep_waiting
from integrations.sync.looking import How, look
from integrations.sync.models import StepRecord, Sync
from integrations.sync.obstacles import forget_unwanted
from integrations.sync.pace import pace_of
from integrations.sync.plan import plan
from integrations.sync.reading import read_situation
from integrations.sync.spans import needs_whole_look, zone_name
from integrations.sync.steps import Plan
from integrations.sync.walks import Walks
from integrations.transport.errors import ProviderError, SignedOut, Throttled
from portal.organizations.scope import scope
from portal.work.claims import LostClaim, make_due

OUR_FAULT = "Something went wrong on our side. It is tried again by itself; tell your operator if it stays."
BROKEN_OFF = "The sync stopped in the middle of this. The next sync looks at the other side before it repeats anything."
PAUSED = "The integration was paused."


def preview(integration: Integration) -> Plan:
    """What a sync would do now, by what the mirrors know. Needs a scope; asks no provider."""
    return plan(read_situation(integration))


def sync_now(integration: Integration) -> None:
    """Asks for a sync at once. One that runs is followed by it. Needs a scope."""
    make_due(integration)


def next_sync(integration: Integration) -> datetime:
    """When the next one is due by itself, as often as is wished for and the budget of calls allows. Needs a scope."""
    return timezone.now() + pace_of(integration).interval


@dataclass(frozen=True)
class _Round:
    """One go at a sync: from its beginning, or from where it had to wait for calls. `began` is when this one did."""

    sync: Sync
    how: How
    began: datetime


def synchronize(integration: Integration, progress: Progress) -> Sync:
    """One sync from looking to writing, outside of any transaction; one that had to wait for calls goes on.

    Raises `ProviderError` where it could not be finished: the next one goes on. Whatever ends it, its row says so.
    """
    with scope():
        make_sure_both_are_connected(integration)
        this = _begin(integration)
    try:
        _look(this, progress)
        _write(this, progress)
    except Throttled as error:
        _wait(this, error)
        raise
    except ProviderError as error:
        _end(this, Sync.State.FAILED, str(error))
        raise
    except LostClaim:
        raise  # somebody else goes on with it, and marks this one interrupted
    except BaseException:
        _end(this, Sync.State.FAILED, OUR_FAULT)
        raise
    return _end(this, Sync.State.DONE)


def make_sure_both_are_connected(integration: Integration) -> None:
    """Raises `SignedOut` where one of the two connections is not connected. Needs a scope."""
    sides = Connection.objects.filter(pk__in=[integration.left_id, integration.right_id])
    if off := next((each for each in sides if each.state != State.CONNECTED), None):
        raise SignedOut(off.problem or f"{off.name} is not connected.")


def end_paused(integration: Integration) -> None:
    """A sync that waits for calls does not go on while its integration is paused. Needs a scope."""
    waiting = Sync.objects.filter(integration=integration, state=Sync.State.WAITING)
    waiting.update(state=Sync.State.INTERRUPTED, message=PAUSED, resumes_at=None, ended_at=timezone.now())


def wait_until(integration: Integration, moment: datetime) -> None:
    """Notes when a sync goes on that waits for calls. Needs a scope."""
    Sync.objects.filter(integration=integration, state=Sync.State.WAITING).update(resumes_at=moment)


# --- Beginning and ending -------------------------------------------------------------------------------------------------


def _begin(integration: Integration) -> _Round:
    """Goes on with the sync that waits for calls, or begins a new one. All tracked time is looked at where the last such look is too old;
    that look counts only if its sync comes to its end, and if nothing is linked meanwhile.
    """
    _end_interrupted(integration)
    now, whole = timezone.now(), needs_whole_look(integration)
    waiting = Sync.objects.filter(integration=integration, state=Sync.State.WAITING).order_by("-created_at").first()
    sync = waiting or Sync(integration=integration)
    sync.integration, sync.state, sync.resumes_at, sync.message = integration, Sync.State.COLLECTING, None, ""
    sync.save()
    if whole:
        Integration.objects.filter(pk=integration.pk).update(whole_look_at=now, whole_look_zone=zone_name())
    return _Round(sync, How(whole, Walks(sync)), now)


def _end_interrupted(integration: Integration) -> None:
    """Ends what a worker that died left open. It may have been looking at all tracked time, and did not get through."""
    now = timezone.now()
    for left_open in Sync.objects.filter(integration=integration, ended_at=None).exclude(state=Sync.State.WAITING):
        _end_open_runs(left_open, now)
        Sync.objects.filter(pk=left_open.pk).update(state=Sync.State.INTERRUPTED, ended_at=now)
        integration.whole_look_at = None
        integration.save(update_fields=["whole_look_at"])


def _end_open_runs(sync: Sync, now: datetime) -> None:
    """Ends the runs of a sync that is not gone on with: one that was under way may have been done, one that waited was not."""
    runs = Run.objects.filter(key__startswith=f"{sync.pk}/")
    Attempt.objects.filter(run__in=runs.filter(state=Run.State.RUNNING), ended_at=None).update(outcome=Run.State.UNKNOWN, ended_at=now)
    runs.filter(state=Run.State.RUNNING).update(state=Run.State.UNKNOWN, message=BROKEN_OFF, ended_at=now)
    runs.filter(state=Run.State.WAITING).update(state=Run.State.FAILED, message=BROKEN_OFF, ended_at=now)


def _wait(this: _Round, error: Throttled) -> None:
    """It goes on in the same row."""
    resumes_at = timezone.now() + timedelta(seconds=error.retry_after or 0)
    _put_down(this, state=Sync.State.WAITING, message=str(error), resumes_at=resumes_at)


def _end(this: _Round, state: Sync.State, message: str = "") -> Sync:
    _put_down(this, state=state, message=message, walked=[], ended_at=timezone.now())
    return this.sync


def _put_down(this: _Round, **fields: object) -> None:
    with scope():
        Sync.objects.filter(pk=this.sync.pk).update(**fields)
        if "ended_at" in fields:
            _end_open_runs(this.sync, timezone.now())
        if this.how.is_whole and fields["state"] != Sync.State.DONE:
            Integration.objects.filter(pk=this.sync.integration_id, whole_look_at=this.began).update(whole_look_at=None)
        this.sync.refresh_from_db(fields=[*fields])


# --- Looking and writing --------------------------------------------------------------------------------------------------


@contextmanager
def _opened(integration: Integration, urgency: Urgency) -> Iterator[Sides]:
    """Both connections. Looking may wait longer than writing: what is planned should be done."""
    asked_by = f"sync of {integration}"
    with open_client(integration.left_id, asked_by, urgency) as left, open_client(integration.right_id, asked_by, urgency) as right:
        yield Sides(left, right)


def _look(this: _Round, progress: Progress) -> None:
    """Looks at both sides, then links what is new as the rule of the integration says."""
    integration = this.sync.integration
    with _opened(integration, Urgency.POLL) as sides:
        try:
            look(integration, sides, this.how, progress)
        finally:
            _put_down_look(this, {"left": sides.left.calls, "right": sides.right.calls})
    with scope():
        _note_cost(this)
        follow_rule(integration)


def _put_down_look(this: _Round, calls: dict[str, int]) -> None:
    """What this go at looking took and how far it came."""
    sync = this.sync
    sync.calls = {side: sync.calls.get(side, 0) + count for side, count in calls.items()}
    sync.walked = this.how.walks.as_json()
    with scope():
        sync.save(update_fields=["calls", "walked"])


def _note_cost(this: _Round) -> None:
    """What an ordinary look costs, with all its slices, says how often one can be afforded; where it is not known yet, that of any whole
    one. Further looks of a sync that writes for long are no part of it.
    """
    sync, integration = this.sync, this.sync.integration
    if sync.looked_at is not None:
        return
    sync.looked_at = timezone.now()
    sync.save(update_fields=["looked_at"])
    if not (this.how.is_whole and integration.cost):
        integration.cost = sync.calls
        integration.save(update_fields=["cost"])


def _write(this: _Round, progress: Progress) -> None:
    sync = this.sync
    with scope():
        situation = read_situation(sync.integration, this.how.is_whole)
        made = plan(situation)
        keep_waiting(sync.integration, situation, made)
        forget_unwanted(sync.integration, situation, made)
        done = StepRecord.objects.filter(sync=sync).count()
        left_out = [asdict(each) for each in made.left_out]
        sync.state, sync.planned, sync.left_out, sync.held = Sync.State.APPLYING, done + len(made.steps), left_out, len(made.held)
        sync.save(update_fields=["state", "planned", "left_out", "held"])
    with _opened(sync.integration, Urgency.WRITE) as sides:
        apply(made, sync, sides, progress, done)
