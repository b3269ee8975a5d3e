from django.apps import AppConfig


class LinkingConfig(AppConfig):
    name = "integrations.linking"
    verbose_name = "Linking"

    def ready(self) -> None:
        from integrations.connections import registry
        from integrations.linking.following import resume_integrations, say_what_stops
        from portal.ui.navigation import NavigationItem, register

        register(NavigationItem("Integrations", "linking:list", "bridge", 20))
        registry.when_connected.append(resume_integrations)
        registry.dependents.append(say_what_stops)
