"""What upper parts want to be asked about runs. They fill this list when they load."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from integrations.operations.models import Run


@dataclass(frozen=True)
class Cause:
    """What had a run made, and where more of it stands."""

    title: str
    url: str


causes: list[Callable[[str, Sequence[Run]], Mapping[UUID, Cause]]] = []
"""Give what had runs made, by the runs' ids. Called with the slug of the organization; a constant number of queries each."""


def causes_of(organization: str, runs: Sequence[Run]) -> dict[UUID, Cause]:
    """What had these runs made, where it has a page."""
    return {run: cause for asked in causes for run, cause in asked(organization, runs).items()}
