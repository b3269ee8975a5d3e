from django.apps import AppConfig


class DashboardConfig(AppConfig):
    name = "integrations.dashboard"

    def ready(self) -> None:
        from portal.ui.navigation import NavigationItem, register

        register(NavigationItem("Dashboard", "dashboard:home", "home", 10))
