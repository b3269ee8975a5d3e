from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.db.models.signals import post_migrate


def make_doors(using: str, **_: Any) -> None:
    from integrations.connections import buckets, doors

    doors.make_doors(using)
    buckets.make_doors(using)


class ConnectionsConfig(AppConfig):
    name = "integrations.connections"
    verbose_name = "Connections"

    def ready(self) -> None:
        from integrations.connections.checks import credential_keys, rate_limits
        from portal.ui.navigation import NavigationItem, register

        checks.register(credential_keys)
        checks.register(rate_limits)
        post_migrate.connect(make_doors, sender=self, dispatch_uid="connection doors")
        register(NavigationItem("Connections", "connections:list", "plug", 60))
