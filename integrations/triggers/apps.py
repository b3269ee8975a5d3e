from django.apps import AppConfig


class TriggersConfig(AppConfig):
    name = "integrations.triggers"
    verbose_name = "Triggers"

    def ready(self) -> None:
        from portal.ui.navigation import NavigationItem, register

        register(NavigationItem("Triggers", "triggers:list", "bolt", 70))
        register(NavigationItem("Events", "triggers:events", "bell", 75))
