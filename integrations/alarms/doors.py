"""The narrow way past the walls that the watch needs: which organizations are worth a closer look. It answers with nothing but ids."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import connection, connections

from portal.organizations.walls import definer

# Wider than the rules of `causes`: whoever is named here is looked at closely, and most often found well.
DOOR = """
CREATE OR REPLACE FUNCTION organizations_to_look_after(moment timestamptz)
RETURNS TABLE (organization_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT organization_id FROM alarms_alarm WHERE ended_at IS NULL OR mail_due_at IS NOT NULL
  UNION SELECT organization_id FROM connections_connection WHERE state = 'attention' AND workspace_id <> ''
  UNION SELECT organization_id FROM triggers_trigger WHERE ended_at IS NULL AND NOT is_paused AND (
    held_at IS NOT NULL OR failures > 0 OR problem <> ''
    OR due_at < moment - make_interval(mins => 2 * minutes)
    OR coalesce(polled_at, created_at) < moment - make_interval(mins => 3 * minutes)
    OR polled_at - greatest(watermark_at, last_event_at, created_at) > make_interval(mins => 3 * minutes)
  )
  UNION SELECT organization_id FROM triggers_subscription WHERE state IN ('silent', 'failed')
  UNION SELECT organization_id FROM automations_destination WHERE ended_at IS NULL AND NOT is_paused AND state <> 'ok'
  UNION SELECT organization_id FROM automations_delivery WHERE state = 'waiting' AND due_at < moment - interval '15 minutes'
  UNION SELECT organization_id FROM automations_delivery WHERE state = 'failed' AND ended_at > moment - interval '1 day'
  UNION SELECT waiting.organization_id FROM automations_delivery waiting
    JOIN automations_destination destination ON destination.id = waiting.destination_id
    WHERE waiting.state = 'waiting' AND destination.ended_at IS NULL AND NOT destination.is_paused AND destination.state = 'ok'
      AND destination.rhythm <> 'daily'
    GROUP BY waiting.organization_id HAVING count(*) > 1000
  UNION SELECT each.organization_id FROM automations_automation each CROSS JOIN LATERAL (
    SELECT run.state FROM automations_automationrun run
    WHERE run.organization_id = each.organization_id AND run.automation_id = each.id AND NOT run.is_test
      AND run.created_at >= each.edited_at AND (run.state IN ('done', 'failed') OR run.state = 'stopped' AND run.depth > 5)
    ORDER BY run.created_at DESC, run.id DESC LIMIT 1
  ) newest WHERE each.is_on AND each.ended_at IS NULL AND newest.state <> 'done'
$$
"""


def make_doors(using: str) -> None:
    """Makes the door, after every `migrate`."""
    with connections[using].cursor() as cursor:
        for statement in definer("organizations_to_look_after(timestamptz)", DOOR):
            cursor.execute(statement)


def organizations_to_look_after(now: datetime) -> list[UUID]:
    """Every organization in which something is, or may be wrong."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT organization_id FROM organizations_to_look_after(%s)", [now])
        return [row[0] for row in cursor.fetchall()]
