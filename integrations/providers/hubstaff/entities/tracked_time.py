"""Tracked time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from integrations.catalogue import Collect, Column, Entity, Updates, Window
from integrations.catalogue.reading import Data
from integrations.providers.hubstaff.windows import days, edits, time_slots, updates

AS_FAR_BACK = timedelta(days=45) - timedelta(hours=1)  # 45 days at most; a call that has to wait must still be within them


def _gained(edit: Data) -> Any:
    return edit["added_duration"] - edit["deleted_duration"]


ENTITIES = (
    Entity(
        name="daily_activity",
        label="Time by day",
        plural="Time by day",
        icon="clock",
        title=lambda activity: activity["date"],
        parent="project_id",
        parent_entity="project",
        person="user_id",
        person_entity="member",
        moment="date",
        amount="tracked",
        columns=(
            Column(label="Day", promoted="moment", unit="day"),
            Column(label="Person", promoted="person"),
            Column(label="Project", promoted="parent"),
            Column(label="Tracked", promoted="amount", unit="seconds"),
        ),
        collect=Collect(operation="list_daily_activities", window=Window(inputs=days, longest=31)),
    ),
    Entity(
        name="activity",
        label="Activity",
        plural="Activities",
        icon="bolt",
        title=lambda activity: f"{activity['starts_at'][:16].replace('T', ' ')} UTC",
        status="time_type",
        parent="project_id",
        parent_entity="project",
        person="user_id",
        person_entity="member",
        moment="time_slot",
        amount="tracked",
        columns=(
            Column(label="Slot", promoted="moment"),
            Column(label="Person", promoted="person"),
            Column(label="Project", promoted="parent"),
            Column(label="Kind", promoted="status"),
            Column(label="Tracked", promoted="amount", unit="seconds"),
        ),
        # Fifty people at work make 2,400 blocks a day, five calls. The sums by day are a hundredth of that, and what sync and pages need;
        # so a refresh of the blocks looks at today and yesterday alone.
        collect=Collect(
            operation="list_activities",
            window=Window(inputs=time_slots, longest=28, back=1),
            updates=Updates(operation="list_activity_updates", inputs=updates, back=AS_FAR_BACK, late=timedelta(minutes=20)),
        ),
    ),
    Entity(
        name="time_edit",
        label="Time edit",
        plural="Time edits",
        icon="history",
        title=lambda edit: f"{edit['action']}: {edit['reason']}" if edit.get("reason") else edit["action"],
        status="action",
        parent="project_id",
        parent_entity="project",
        person="user_id",
        person_entity="member",
        moment="created_at",
        amount=_gained,
        columns=(
            Column(label="Edit", promoted="title"),
            Column(label="Person", promoted="person"),
            Column(label="Project", promoted="parent"),
            Column(label="Kind", promoted="status"),
            Column(label="Gained", promoted="amount", unit="seconds"),
            Column(label="Edited", promoted="moment"),
        ),
        collect=Collect(operation="list_time_edit_logs", window=Window(inputs=edits, longest=93)),
    ),
)
