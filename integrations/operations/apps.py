from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "integrations.operations"
    verbose_name = "Runs"

    def ready(self) -> None:
        from portal.ui.navigation import NavigationItem, register

        register(NavigationItem("History", "operations:runs", "history", 50))
