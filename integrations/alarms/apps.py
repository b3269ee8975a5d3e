from django.apps import AppConfig


class AlarmsConfig(AppConfig):
    name = "integrations.alarms"
    verbose_name = "Alarms"
