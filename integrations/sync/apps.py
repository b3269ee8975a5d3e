from django.apps import AppConfig


class SyncConfig(AppConfig):
    name = "integrations.sync"
    verbose_name = "Sync"
