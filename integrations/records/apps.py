from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "integrations.records"
    verbose_name = "Mirror"

    def ready(self) -> None:
        from integrations.connections import registry
        from integrations.records.collecting import prepare_lists
        from portal.ui.navigation import NavigationItem, register

        registry.when_connected.append(prepare_lists)
        register(NavigationItem("Browse", "records:entities", "list", 40))
