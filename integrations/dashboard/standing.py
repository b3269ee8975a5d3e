"""How each area of the portal is, in one word: by the alarms that are open and the processes that are silent."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from integrations.alarms.models import Alarm
from portal.work.heartbeats import Part

KINDS = Alarm.Kind
AREAS = {
    "Triggers": (KINDS.LATE, KINDS.FROZEN, KINDS.LOOKING, KINDS.HELD),
    "Webhooks": (KINDS.WEBHOOK,),
    "Deliveries": (KINDS.DESTINATION, KINDS.DELIVERIES),
    "Automations": (KINDS.AUTOMATION,),
}
BACKGROUND = "Background work"


@dataclass(frozen=True)
class Standing:
    """An area with a state of the design system and its word."""

    area: str
    state: str
    word: str


def standing_of(alarms: Collection[Alarm], dead_parts: Collection[Part]) -> list[Standing]:
    """Every area, those that are well too."""
    areas = [_standing(area, [alarm for alarm in alarms if alarm.kind in kinds]) for area, kinds in AREAS.items()]
    background = Standing(BACKGROUND, "failed", "Stands still") if dead_parts else Standing(BACKGROUND, "ok", "Runs")
    return [background, *areas]


def _standing(area: str, alarms: list[Alarm]) -> Standing:
    if not alarms:
        return Standing(area, "ok", "Well")
    state = "failed" if any(alarm.state == "failed" for alarm in alarms) else "attention"
    return Standing(area, state, "1 alarm" if len(alarms) == 1 else f"{len(alarms)} alarms")
