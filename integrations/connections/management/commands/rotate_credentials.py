"""`manage.py rotate_credentials`: seals every secret anew with the first of CREDENTIAL_KEYS, so that the others can be taken away."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from integrations.connections.doors import organizations_with_credentials
from integrations.connections.models import SealedSecrets, sealed_models
from integrations.connections.sealing import SealBroken
from portal.organizations.scope import scope


class Command(BaseCommand):
    help = "Seals every secret anew with the first of CREDENTIAL_KEYS: of connections, webhooks and destinations."

    def handle(self, *args: Any, **options: Any) -> None:
        self.broken = self.sealed = 0
        for organization_id in organizations_with_credentials():
            self._rotate(organization_id)
        self.stdout.write(f"{self.sealed} sealed anew.")
        if self.broken:
            raise CommandError(f"{self.broken} could not be opened with any of CREDENTIAL_KEYS: put their key back, or reconnect them.")

    def _rotate(self, organization_id: UUID) -> None:
        """One organization at a time, each in a short scope of its own."""
        with scope(organization_id):
            for model in sealed_models():
                for row in model._default_manager.select_for_update():
                    self._reseal(row)

    def _reseal(self, row: SealedSecrets) -> None:
        try:
            self.sealed += row.reseal()
        except SealBroken:
            self.broken += 1
            self.stderr.write(f"{row} of organization {row.organization_id} cannot be opened.")
