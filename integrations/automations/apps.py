from django.apps import AppConfig


class AutomationsConfig(AppConfig):
    name = "integrations.automations"
    verbose_name = "Automations"
