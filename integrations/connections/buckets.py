"""The doors to the buckets that calls are taken from. The rule is told in docs/decisions/rate-budget.md.

Time is cut into slices, a sixtieth of the provider's window each. A call counts in its slice until the whole window and at least one slice
more have passed, because a call that was granted may arrive a little later. A take is one statement: the bucket's row is locked, so that
processes decide one after the other, and by the clock after the wait for that lock.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connection as database
from django.db import connections

from integrations.connections.models import BudgetBucket, BudgetUse, BudgetWait
from portal.organizations.walls import definer

SLICES = 60
COUNTED = SLICES + 2  # the present one, those of a whole window, and one more

BUCKET, USE, WAIT = (f'"{model._meta.db_table}"' for model in (BudgetBucket, BudgetUse, BudgetWait))

# Three ways to be let in: below one's own part; with what is kept from the less urgent, whatever else one has used; or with what nobody
# waits for. `kept` is what others who wait may still claim.
DECIDE = f"""
CREATE OR REPLACE FUNCTION decide_budget(
  asked varchar, asking uuid, capacity float8, seconds float8,
  rank integer, own_part float8, urgent_part float8, room float8, borrowed float8, moment timestamptz
) RETURNS float8 LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  step interval := make_interval(secs => seconds / {SLICES});
  this_slice timestamptz := date_bin(step, moment, 'epoch');
  closed timestamptz := (SELECT closed_until FROM {BUCKET} WHERE name = asked AND closed_until > moment);
  used float8; own float8; own_urgent float8; fair float8; kept float8; opens timestamptz; pause float8;
BEGIN
  DELETE FROM {USE} WHERE bucket = asked AND slice <= this_slice - {COUNTED} * step;
  DELETE FROM {WAIT} WHERE bucket = asked AND until <= moment;

  WITH claims AS (
    SELECT organization_id, sum(calls) AS calls, sum(urgent) AS urgent, max(of_share) AS of_share
    FROM (
      SELECT organization_id, calls, (urgency >= rank)::integer * calls AS urgent, 0 AS of_share FROM {USE} WHERE bucket = asked
      UNION ALL SELECT organization_id, 0, 0, of_share FROM {WAIT} WHERE bucket = asked
      UNION ALL SELECT asking, 0, 0, 0
    ) AS claim GROUP BY organization_id
  ), shares AS (SELECT *, capacity / count(*) OVER () AS share, organization_id = asking AS is_asking FROM claims)
  SELECT sum(calls), sum(calls) FILTER (WHERE is_asking), sum(urgent) FILTER (WHERE is_asking), max(share),
    coalesce(sum(greatest(0, of_share * share - calls)) FILTER (WHERE NOT is_asking), 0)
  INTO used, own, own_urgent, fair, kept FROM shares;

  IF closed IS NULL AND (
    (used < room * capacity AND (own < own_part * fair OR own_urgent < urgent_part * fair)) OR used + kept < borrowed * capacity
  ) THEN
    INSERT INTO {USE} AS present (bucket, organization_id, slice, urgency, calls) VALUES (asked, asking, this_slice, rank, 1)
    ON CONFLICT (bucket, organization_id, slice, urgency) DO UPDATE SET calls = present.calls + 1;
    RETURN 0;
  END IF;

  SELECT min(slice) + {COUNTED} * step INTO opens FROM (
    SELECT slice, coalesce(sum(sum(calls)) OVER later, 0) AS used_then,
      coalesce(sum(sum(calls) FILTER (WHERE organization_id = asking)) OVER later, 0) AS own_then,
      coalesce(sum(sum(calls) FILTER (WHERE organization_id = asking AND urgency >= rank)) OVER later, 0) AS urgent_then
    FROM {USE} WHERE bucket = asked GROUP BY slice
    WINDOW later AS (ORDER BY slice DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
  ) AS leaving
  WHERE (used_then < room * capacity AND (own_then < own_part * fair OR urgent_then < urgent_part * fair))
    OR used_then + kept < borrowed * capacity;
  pause := greatest(1, extract(epoch FROM greatest(opens, closed) - moment));

  INSERT INTO {WAIT} AS present (bucket, organization_id, of_share, until)
  VALUES (asked, asking, own_part, moment + make_interval(secs => pause) + 2 * step)
  ON CONFLICT (bucket, organization_id) DO UPDATE
  SET of_share = greatest(present.of_share, excluded.of_share), until = greatest(present.until, excluded.until);
  RETURN pause;
END $$
"""
TAKE = f"""
CREATE OR REPLACE FUNCTION take_budget(
  asked varchar, asking uuid, capacity float8, seconds float8,
  rank integer, own_part float8, urgent_part float8, room float8, borrowed float8
) RETURNS float8 LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO {BUCKET} (name, used_at) VALUES (asked, clock_timestamp()) ON CONFLICT (name) DO UPDATE SET used_at = excluded.used_at;
  RETURN decide_budget(asked, asking, capacity, seconds, rank, own_part, urgent_part, room, borrowed, clock_timestamp());
END $$
"""
CLOSE = f"""
CREATE OR REPLACE FUNCTION close_budget(asked varchar, pause float8) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  INSERT INTO {BUCKET} AS present (name, used_at, closed_until)
  VALUES (asked, clock_timestamp(), clock_timestamp() + make_interval(secs => pause))
  ON CONFLICT (name) DO UPDATE SET closed_until = greatest(present.closed_until, excluded.closed_until)
$$
"""
STATE = f"""
CREATE OR REPLACE FUNCTION budget_state(asked varchar, asking uuid, seconds float8)
RETURNS TABLE (used bigint, own bigint, organizations bigint, closed_until timestamptz, opens_at timestamptz, empty_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH slices AS (SELECT make_interval(secs => seconds / {SLICES}) AS step),
  counted AS (
    SELECT organization_id, calls, slice + {COUNTED} * step AS leaves FROM {USE}, slices
    WHERE bucket = asked AND slice > date_bin(step, statement_timestamp(), 'epoch') - {COUNTED} * step
  ), active AS (
    SELECT organization_id FROM counted UNION SELECT asking
    UNION SELECT organization_id FROM {WAIT} WHERE bucket = asked AND until > statement_timestamp()
  )
  SELECT coalesce(sum(calls), 0)::bigint, coalesce(sum(calls) FILTER (WHERE organization_id = asking), 0)::bigint,
    (SELECT count(*) FROM active),
    (SELECT b.closed_until FROM {BUCKET} AS b WHERE b.name = asked AND b.closed_until > statement_timestamp()),
    min(leaves), max(leaves)
  FROM counted
$$
"""
FORGET = f"""
CREATE OR REPLACE FUNCTION forget_budgets(unused_for interval) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH gone AS (
    DELETE FROM {BUCKET} WHERE used_at < now() - unused_for AND (closed_until IS NULL OR closed_until < now()) RETURNING name
  ), unused AS (DELETE FROM {USE} WHERE bucket IN (SELECT name FROM gone))
  DELETE FROM {WAIT} WHERE bucket IN (SELECT name FROM gone)
$$
"""
NUMBERS = "float8, float8, integer, float8, float8, float8, float8"
INNER = f"decide_budget(varchar, uuid, {NUMBERS}, timestamptz)"


@dataclass(frozen=True)
class Claim:
    """What a call may take, by how urgent it is."""

    rank: int
    """The higher, the more urgent."""
    own_part: float
    """Of its organization's share: up to there it is let in while there is room."""
    urgent_part: float
    """Of the share, counting only calls that are as urgent: up to there it is let in, whatever else its organization has used."""
    room: float
    """Of the bucket: what is above is kept for what is more urgent."""
    borrowed: float
    """Of the bucket: up to there it is let in beyond its part, after what others who wait may claim."""


@dataclass(frozen=True)
class BucketState:
    """How a bucket stands, as one organization may see it: of the others only how many they are and what all used together."""

    used: int
    own: int
    organizations: int
    closed_until: datetime | None
    opens_at: datetime | None
    empty_at: datetime | None


def make_doors(using: str) -> None:
    """Makes the doors and shuts the tables behind them, after every `migrate`."""
    with connections[using].cursor() as cursor:
        for statement in [*_walls(), DECIDE, f"REVOKE ALL ON FUNCTION {INNER} FROM PUBLIC", *_doors()]:
            cursor.execute(statement)


def take(bucket: str, organization_id: UUID, capacity: int, seconds: int, claim: Claim) -> float:
    """Takes one call. Gives 0, or the seconds to wait, and then nothing was taken."""
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT take_budget(%s, %s, %s, %s, %s, %s, %s, %s, %s)", [bucket, organization_id, capacity, seconds, *astuple(claim)]
        )
        return float(cursor.fetchone()[0])


def close(bucket: str, seconds: float) -> None:
    """Nobody takes anything for so long."""
    with database.cursor() as cursor:
        cursor.execute("SELECT close_budget(%s, %s)", [bucket, seconds])


def state_of(bucket: str, organization_id: UUID, seconds: int) -> BucketState:
    with database.cursor() as cursor:
        cursor.execute("SELECT * FROM budget_state(%s, %s, %s)", [bucket, organization_id, seconds])
        return BucketState(*cursor.fetchone())


def forget_unused() -> None:
    """Drops the buckets that nobody has asked for a day: their connections are gone."""
    with database.cursor() as cursor:
        cursor.execute("SELECT forget_budgets(interval '1 day')")


def _walls() -> list[str]:
    """A bucket spans organizations, so nobody's policy opens its rows: the operator looks, all others use the doors."""
    return [statement for table in (BUCKET, USE, WAIT) for statement in _wall(table)]


def _wall(table: str) -> list[str]:
    return [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"DROP POLICY IF EXISTS operator ON {table}",
        f'CREATE POLICY operator ON {table} FOR SELECT TO "{settings.DATABASE_OPERATOR_ROLE}" USING (true)',
    ]


def _doors() -> list[str]:
    return [
        *definer(f"take_budget(varchar, uuid, {NUMBERS})", TAKE),
        *definer("close_budget(varchar, float8)", CLOSE),
        *definer("budget_state(varchar, uuid, float8)", STATE),
        *definer("forget_budgets(interval)", FORGET),
    ]
