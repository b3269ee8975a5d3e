"""The main job, headless, in a fresh organization: `make demo`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from integrations.demonstration.journey import JourneyFailed, Outcome, walk


class Command(BaseCommand):
    help = (
        "Connects, links and syncs a fresh organization with the sandbox, and prints what it did. Needs a running worker and the sandbox."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print one JSON object instead of lines.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.SANDBOX_URL:
            raise CommandError("SANDBOX_URL is not set: the demo works on the sandbox alone. `make demo` starts one.")
        try:
            outcome = walk()
        except JourneyFailed as failed:
            raise CommandError(str(failed)) from failed
        self.stdout.write(json.dumps(asdict(outcome)) if options["json"] else _lines(outcome))
        if not outcome.went_well:
            raise CommandError("Something that should be zero is not, or the other way round.")


def _lines(outcome: Outcome) -> str:
    return "\n".join(
        (
            f"projects linked: {outcome.projects_linked}",
            f"users linked: {outcome.users_linked}",
            f"tasks created: {outcome.tasks_created}",
            f"completions: {outcome.completions}",
            f"seconds written back: {outcome.seconds_written_back}",
            f"second sync: {outcome.second_sync_writes} writes",
            f"relink: {outcome.relink_duplicates} duplicates",
        )
    )
