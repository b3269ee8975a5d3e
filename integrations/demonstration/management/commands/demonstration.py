"""Loads the demonstration organization; doing it again changes nothing."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from integrations.demonstration.company import load


class Command(BaseCommand):
    help = "Makes the demonstration organization, and prints its sign-in as JSON."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMONSTRATION:
            raise CommandError("This makes a sign-in with a known password: set DEMONSTRATION=1 first, and never in production.")
        owner = load()
        self.stdout.write(json.dumps({"email": owner.email, "password": settings.DEMONSTRATION_PASSWORD}))
