from django.apps import AppConfig


class DemonstrationConfig(AppConfig):
    name = "integrations.demonstration"
    verbose_name = "Demonstration"
