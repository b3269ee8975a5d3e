from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "integrations.operations"
    verbose_name = "Runs"

    def ready(self) -> None:
        from integrations.operations.offers import links_for, links_on
        from integrations.records import registry
        from portal.ui.navigation import NavigationItem, register

        registry.actions_for.append(links_for)
        registry.actions_on.append(links_on)
        register(NavigationItem("Actions", "operations:all_actions", "bolt", 45, role="member"))
        register(NavigationItem("History", "operations:runs", "history", 50))
