"""Points in time, as both services write them: UTC, milliseconds, a trailing Z."""

from datetime import UTC, date, datetime


def now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


def written(moment: datetime) -> str:
    """Write a moment the way both services do, so that text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def written_now() -> str:
    """Write the present moment."""
    return written(now())


def read(text: str) -> datetime:
    """Read a moment in ISO 8601; without an offset it counts as UTC. Raises ValueError for anything else."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def read_date(text: str) -> date:
    """Read a calendar date in ISO 8601. Raises ValueError for anything else."""
    return date.fromisoformat(text)
