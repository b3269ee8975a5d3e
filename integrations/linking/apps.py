from django.apps import AppConfig


class LinkingConfig(AppConfig):
    name = "integrations.linking"
    verbose_name = "Linking"

    def ready(self) -> None:
        from portal.ui.navigation import NavigationItem, register

        register(NavigationItem("Integrations", "linking:list", "bridge", 20))
