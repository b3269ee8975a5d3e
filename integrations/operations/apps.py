from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "integrations.operations"
    verbose_name = "Runs"

    def ready(self) -> None:
        from integrations.connections.registry import ConnectionPage, pages
        from integrations.operations.offers import links_for, links_on
        from integrations.records import registry
        from portal.organizations.models import Role
        from portal.ui.navigation import NavigationItem, register

        pages.append(ConnectionPage("Actions", "operations:actions", "bolt", Role.MEMBER))
        registry.actions_for.append(links_for)
        registry.actions_on.append(links_on)
        register(NavigationItem("Actions", "operations:all_actions", "bolt", 45, role="member"))
        register(NavigationItem("History", "operations:runs", "history", 50))
