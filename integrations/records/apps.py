from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


def make_doors(using: str, **_: Any) -> None:
    from integrations.records import doors

    doors.make_doors(using)


class RecordsConfig(AppConfig):
    name = "integrations.records"
    verbose_name = "Mirror"

    def ready(self) -> None:
        from integrations.connections import registry
        from integrations.records.collecting import prepare_lists
        from portal.ui.navigation import NavigationItem, register

        registry.when_connected.append(prepare_lists)
        register(NavigationItem("Browse", "records:entities", "list", 40))
        post_migrate.connect(make_doors, sender=self, dispatch_uid="doors of the mirror")
