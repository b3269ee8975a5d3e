"""The main job, headless, in a fresh organization: `make demo`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from integrations.demonstration.company import SIGN_INS
from integrations.demonstration.journey import Outcome, walk
from integrations.demonstration.playing import Stopped
from integrations.providers import get_provider


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
        except Stopped as stopped:
            raise CommandError(str(stopped)) from stopped
        self.stdout.write(json.dumps(asdict(outcome)) if options["json"] else _lines(outcome))
        if not outcome.went_well:
            raise CommandError("Something that should be zero is not, or the other way round.")


def _lines(outcome: Outcome) -> str:
    left, right = (get_provider(provider).label for provider, *_ in SIGN_INS)
    return "\n".join(
        (
            f"projects linked: {outcome.projects_linked}",
            f"users linked: {outcome.users_linked}",
            f"tasks created: {outcome.tasks_created}",
            f"time written back: {outcome.seconds_written_back} seconds",
            f"completions: {outcome.completions} ({outcome.completions_left} in {left}, {outcome.completions_right} in {right})",
            f"second sync: {outcome.second_sync_writes} writes",
            f"unlinked: {outcome.projects_unlinked} projects",
            f"relinked: {outcome.projects_relinked} projects",
            f"sync after relinking: {outcome.relink_new_tasks} new tasks, {outcome.relink_duplicates} duplicates",
        )
    )
