from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


def raise_walls(using: str, **_: Any) -> None:
    from portal.organizations import walls

    walls.raise_walls(using)


class OrganizationsConfig(AppConfig):
    name = "portal.organizations"
    verbose_name = "Organizations"

    def ready(self) -> None:
        from portal.ui.navigation import NavigationItem, register

        post_migrate.connect(raise_walls, sender=self, dispatch_uid="walls")
        register(NavigationItem("Members", "organizations:members", "users", 90, section="Organization"))
        register(NavigationItem("Settings", "organizations:settings", "settings", 95, role="manager", section="Organization"))
