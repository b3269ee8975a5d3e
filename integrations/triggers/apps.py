from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


def make_doors(using: str, **_: Any) -> None:
    from integrations.triggers import doors

    doors.make_doors(using)


class TriggersConfig(AppConfig):
    name = "integrations.triggers"
    verbose_name = "Triggers"

    def ready(self) -> None:
        from integrations.connections import registry
        from integrations.triggers.forecasting import load_of
        from integrations.triggers.hooks import tasks  # noqa: F401  # Celery finds tasks by itself only in an app's own module
        from integrations.triggers.hooks.subscribing import look_again
        from integrations.triggers.watching import go_on
        from portal.ui.navigation import NavigationItem, register

        register(NavigationItem("Triggers", "triggers:list", "bolt", 70))
        register(NavigationItem("Events", "triggers:events", "bell", 75))
        registry.pages.append(registry.ConnectionPage("Webhooks", "triggers:webhooks", "bolt"))
        registry.when_connected += [go_on, look_again]  # triggers are locked before their subscriptions
        registry.standing_loads.append(load_of)
        post_migrate.connect(make_doors, sender=self, dispatch_uid="trigger doors")
