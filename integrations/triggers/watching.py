"""Setting a trigger up, changing it, pausing and ending it. Everything here needs a scope."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from integrations.catalogue import InvalidInput, Number, OneOf, Pick, Watch
from integrations.catalogue.fields import Field, read_inputs
from integrations.connections.models import Connection
from integrations.triggers.forecasting import forecast
from integrations.triggers.holding import locked
from integrations.triggers.hooks.subscribing import subscribe, unsubscribe
from integrations.triggers.models import Trigger
from integrations.triggers.reading import newest_change
from portal.accounts.models import User
from portal.organizations.audit import audit
from portal.work.claims import make_due, wake_soon

LONGEST_NAME = 120
NOT_YET = "Choose a moment that has passed."
ENDED = "It was ended. Set up another one."
ASKED: tuple[Field, ...] = (
    Number(name="minutes", label="Look every … minutes", required=True, least=1, most=1440),
    Number(name="limit", label="Most in one cycle", required=True, least=1, most=1000),
    OneOf(name="start", label="Start", required=True, choices=tuple(Trigger.Start.choices)),
)
"""What every trigger is told, whatever it watches."""


def watch(
    connection: Connection,
    name: str,
    person: User | None,
    *,
    title: str = "",
    inputs: Mapping[str, Any] | None = None,
    minutes: int = 5,
    limit: int = 100,
    start: str = Trigger.Start.NOW,
    since: datetime | None = None,
    holds_bursts: bool = True,
) -> Trigger:
    """Starts to watch. `inputs` are those that the watch declares.

    Raises `KeyError` where the provider declares no such watch, `InvalidInput` with a sentence for each input that does not fit; under
    `minutes` it says where the budget cannot carry it.
    """
    declaration = connection.declaration.watch_by_name[name]
    read = _read(connection, declaration, inputs or {}, minutes=minutes, limit=limit, start=start)
    _check_start(start, since)
    _check_cost(connection, declaration, read, minutes)
    trigger = Trigger(
        connection=connection,
        watch=name,
        name=(title or f"{declaration.label} ({connection.name})")[:LONGEST_NAME],
        inputs=read,
        minutes=minutes,
        limit=limit,
        start=start,
        since=since if start == Trigger.Start.SINCE else None,
        holds_bursts=holds_bursts,
        cursor=newest_change(connection, declaration.entity),
        made_by=person,
    )
    with transaction.atomic():
        trigger.save()
        subscribe(trigger)
        audit(person, "trigger.created", trigger.name)
        make_due(trigger)
    return trigger


def edit(
    trigger: Trigger, person: User | None, *, title: str, inputs: Mapping[str, Any], minutes: int, limit: int, holds_bursts: bool
) -> None:
    """Changes what it tells of from now on: cursor and ledger stay. Raises `InvalidInput` as `watch` does."""
    _check_live(trigger)
    read = _read(trigger.connection, trigger.declaration, inputs, minutes=minutes, limit=limit, start=trigger.start)
    _check_cost(trigger.connection, trigger.declaration, read, minutes, besides=trigger)
    given = {"name": title[:LONGEST_NAME] or trigger.name, "inputs": read, "minutes": minutes, "limit": limit, "holds_bursts": holds_bursts}
    for name, value in given.items():
        setattr(trigger, name, value)
    with transaction.atomic():
        trigger.save(update_fields=list(given))
        subscribe(trigger)
        audit(person, "trigger.edited", trigger.name)
        if not trigger.is_paused:
            make_due(trigger)


def pause(trigger: Trigger, person: User | None) -> None:
    """Stops looking; what happens meanwhile is told when it goes on. Raises `InvalidInput` where it was ended."""
    _check_live(trigger)
    trigger.is_paused = True
    trigger.save(update_fields=["is_paused"])
    audit(person, "trigger.paused", trigger.name)


def resume(trigger: Trigger, person: User | None) -> None:
    """Goes on where the cursor stands: what happened meanwhile is told now. Raises `InvalidInput` where it was ended."""
    _check_live(trigger)
    trigger.is_paused = False
    trigger.save(update_fields=["is_paused"])
    make_due(trigger)
    audit(person, "trigger.resumed", trigger.name)


def end(trigger: Trigger, person: User | None) -> None:
    """Ends a trigger for good. Its events stay, and what was delivered of them."""
    stands = locked(trigger)
    if stands.ended_at:
        return
    trigger.ended_at, trigger.due_at = timezone.now(), None
    trigger.save(update_fields=["ended_at", "due_at"])
    unsubscribe(trigger)
    audit(person, "trigger.ended", trigger.name)


def go_on(connection: Connection) -> None:
    """Has the triggers of a connection look again that rested while it was not connected. They are locked in order, as by whoever needs
    several of them.
    """
    resting = Trigger.live.select_for_update(no_key=True).filter(connection=connection, is_paused=False).order_by("pk")
    found = [trigger.pk for trigger in resting]
    if Trigger.objects.filter(pk__in=found).update(due_at=timezone.now(), failures=0, problem=""):
        wake_soon()


def _read(connection: Connection, watch: Watch, inputs: Mapping[str, Any], **asked: Any) -> dict[str, Any]:
    """The inputs as they are kept. Raises `InvalidInput` with every mistake at once."""
    errors: dict[str, str] = {}
    for fields, given in ((ASKED, asked), (watch.inputs, inputs)):
        try:
            read = read_inputs(fields, given)
        except InvalidInput as invalid:
            errors |= invalid.errors
    errors |= _strange_workspaces(connection, watch, inputs)
    if errors:
        raise InvalidInput(errors)
    return read


def _strange_workspaces(connection: Connection, watch: Watch, inputs: Mapping[str, Any]) -> dict[str, str]:
    """The mirror holds the connection's own workspace and no other."""
    picks = [field.name for field in watch.inputs if isinstance(field, Pick) and field.workspace and inputs.get(field.name)]
    words = f"Only the {connection.declaration.workspace_word} of this connection is watched."
    return {name: words for name in picks if str(inputs[name]) != connection.workspace_id}


def _check_start(start: str, since: datetime | None) -> None:
    if start != Trigger.Start.SINCE:
        return
    if since is None or since > timezone.now():
        raise InvalidInput({"since": NOT_YET})


def _check_cost(connection: Connection, watch: Watch, inputs: Mapping[str, Any], minutes: int, besides: Trigger | None = None) -> None:
    found = forecast(connection, watch, inputs, minutes, besides)
    if found.problem:
        raise InvalidInput({"minutes": found.problem})


def _check_live(trigger: Trigger) -> None:
    if trigger.ended_at:
        raise InvalidInput({"": ENDED})
