from django.apps import AppConfig


class AutomationsConfig(AppConfig):
    name = "integrations.automations"
    verbose_name = "Automations"

    def ready(self) -> None:
        from integrations.automations.automation_queries import causes_of, dependent_on_connection, dependent_on_trigger, run_because_of
        from integrations.automations.automation_services import start_automations
        from integrations.automations.deeds import deliveries_of
        from integrations.automations.delivery_queries import told_of
        from integrations.automations.routing import route
        from integrations.connections import registry as connections
        from integrations.operations import registry as operations
        from integrations.triggers import registry
        from portal.ui.navigation import NavigationItem, register

        registry.when_told.append(route)
        registry.done_about.append(deliveries_of)
        registry.dependents.append(told_of)
        register(NavigationItem("Deliveries", "automations:deliveries", "upload", 76))
        registry.when_told.append(start_automations)
        registry.done_about.append(run_because_of)
        registry.dependents.append(dependent_on_trigger)
        connections.dependents.append(dependent_on_connection)
        operations.causes.append(causes_of)
        register(NavigationItem("Automations", "automations:automations", "refresh", 77))
