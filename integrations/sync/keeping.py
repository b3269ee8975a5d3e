"""What is put down when a step is done: pairs, links and their history. Needs a scope; runs call it in the transaction that ends them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from integrations.catalogue.reading import Data
from integrations.linking.history import note_link
from integrations.linking.models import Integration, LinkEvent, ProjectLink
from integrations.sync.drafts import Mirrors, Skipped
from integrations.sync.models import Pair
from integrations.sync.steps import Step

LONGEST_NAME = 255
KEPT_OF_A_LINK = frozenset({"synced_name", "found_ids"})


def nothing(mirrors: Mirrors, step: Step, made: Data) -> None:
    """What is done shows in the mirror alone."""


# --- Projects -------------------------------------------------------------------------------------------------------------


def made_project(mirrors: Mirrors, step: Step, made: Data) -> None:
    right_id = mirrors.parts("right").project.read(made).id
    facts = {"right_id": right_id, "member_ids": sorted(step.member_ids), "found_ids": []}
    if link := _change_link(step, **facts, **_values_of_link(step)):
        note_link(link, LinkEvent.What.CREATED, note=f"In {mirrors.label('right')}.")


def adopted_project(mirrors: Mirrors, step: Step, made: Data) -> None:
    """What was tracked in it so far was not read while nobody knew that it is linked: the next sync looks at all time again."""
    try:
        with transaction.atomic():
            link = _change_link(step, right_id=step.right_id, member_ids=[], found_ids=[], **_values_of_link(step))
    except IntegrityError:
        raise Skipped("Somebody linked it with another project in the meantime.") from None
    if link is None:
        raise Skipped("It was linked with another project in the meantime.")
    Integration.objects.filter(pk=mirrors.integration.pk).update(whole_look_at=None)
    note_link(link, LinkEvent.What.ADOPTED, note=f"It stood in {mirrors.label('right')} already.")


def renamed_project(mirrors: Mirrors, step: Step, made: Data) -> None:
    if not (link := _as_planned(step)):
        return
    note = f"“{link.name}” became “{step.name}” in {mirrors.label(step.side)}."
    _change(link, name=step.name[:LONGEST_NAME], **_values_of_link(step))
    note_link(link, LinkEvent.What.RENAMED, note=note)


def noted_project(mirrors: Mirrors, step: Step, made: Data) -> None:
    """Its name is in step again, or differs by choice; or those who should be added to it are there already."""
    values = _values_of_link(step)
    name = values.get("synced_name") or ""
    _change_link(step, **values, **({"name": name[:LONGEST_NAME]} if name else {}))


def added_members(mirrors: Mirrors, step: Step, made: Data) -> None:
    if link := _as_planned(step):
        _change(link, member_ids=sorted({*link.member_ids, *step.member_ids}), **_values_of_link(step))


def removed_members(mirrors: Mirrors, step: Step, made: Data) -> None:
    if link := _as_planned(step):
        _change(link, member_ids=sorted({*link.member_ids} - {*step.member_ids}))


def _values_of_link(step: Step) -> dict[str, Any]:
    kept = {name: value for name, value in step.values.items() if name in KEPT_OF_A_LINK}
    return {name: value[:LONGEST_NAME] if isinstance(value, str) else value for name, value in kept.items()}


def _as_planned(step: Step) -> ProjectLink | None:
    """The link of a step, locked; None where it was linked with another project since the step was planned: what was done is not about
    that one.
    """
    return ProjectLink.objects.select_for_update(no_key=True).filter(pk=step.link, right_id=step.link_right_id).first()


def _change_link(step: Step, **fields: Any) -> ProjectLink | None:
    link = _as_planned(step)
    return _change(link, **fields) if link else None


def _change(link: ProjectLink, **fields: Any) -> ProjectLink:
    for name, value in fields.items():
        setattr(link, name, value)
    link.save(update_fields=[*fields])
    return link


# --- Tasks and time -------------------------------------------------------------------------------------------------------


def made_task(mirrors: Mirrors, step: Step, made: Data) -> None:
    """A task on the left that holds untasked time has no partner: it is found by its name."""
    if step.side == "left":
        return
    facts = mirrors.parts("right").task.read(made)
    _keep_pair(mirrors.integration, step, Pair.Part.TASK, step.left_id, facts.id, {**step.values, "project_id": facts.project_id})


def remembered_task(mirrors: Mirrors, step: Step, made: Data) -> None:
    """A left-over of a moved task has nothing to remember."""
    if step.values:
        _keep_pair(mirrors.integration, step, Pair.Part.TASK, step.left_id, step.right_id, step.values)


def forgotten_task(mirrors: Mirrors, step: Step, made: Data) -> None:
    _forget_pair(mirrors.integration, Pair.Part.TASK, left_id=step.left_id)


def time_on_its_way(mirrors: Mirrors, step: Step, made: Data) -> None:
    """Before a piece of time is sent its place is put down: if its answer is lost, it is recognised there."""
    _keep_pair(mirrors.integration, step, Pair.Part.TIME, "", step.right_id, step.values)


def time_being_corrected(mirrors: Mirrors, step: Step, made: Data) -> None:
    """Before a piece of time is corrected: if the answer is lost, nobody knows how it stands there until somebody looks."""
    pairs = Pair.objects.filter(integration=mirrors.integration, part=Pair.Part.TIME, right_id=step.right_id)
    for pair in pairs.select_for_update():
        pair.values = {**pair.values, "is_unsure": True}
        pair.save(update_fields=["values"])


def made_time(mirrors: Mirrors, step: Step, made: Data) -> None:
    _keep_pair(mirrors.integration, step, Pair.Part.TIME, mirrors.parts("left").time.read(made).id, step.right_id, step.values)


def remembered_time(mirrors: Mirrors, step: Step, made: Data) -> None:
    _keep_pair(mirrors.integration, step, Pair.Part.TIME, step.left_id, step.right_id, step.values)


def forgotten_time(mirrors: Mirrors, step: Step, made: Data) -> None:
    _forget_pair(mirrors.integration, Pair.Part.TIME, right_id=step.right_id)


def _keep_pair(integration: Integration, step: Step, part: Pair.Part, left_id: str, right_id: str, values: Any) -> None:
    """Makes or changes the pair of these two. Whatever one of them was paired with before loses it."""
    pairs = Pair.objects.filter(integration=integration, part=part)
    same = {"right_id": right_id} if part == Pair.Part.TIME else {"left_id": left_id}
    pair = pairs.filter(**same).first() or Pair(integration=integration, part=part)
    pairs.filter(right_id=right_id).exclude(pk=pair.pk).delete()
    if left_id:
        pairs.filter(left_id=left_id).exclude(pk=pair.pk).delete()
    pair.project_link_id, pair.left_id, pair.right_id = UUID(step.link), left_id, right_id
    pair.values = {**pair.values, **values}
    pair.save()


def _forget_pair(integration: Integration, part: Pair.Part, **which: str) -> None:
    if all(which.values()):
        Pair.objects.filter(integration=integration, part=part, **which).delete()
