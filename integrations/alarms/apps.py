from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


def make_doors(using: str, **_: Any) -> None:
    from integrations.alarms import doors

    doors.make_doors(using)


class AlarmsConfig(AppConfig):
    name = "integrations.alarms"
    verbose_name = "Alarms"

    def ready(self) -> None:
        from integrations.alarms.services import look_after_organizations
        from portal.work.watching import rounds

        rounds.append(look_after_organizations)
        post_migrate.connect(make_doors, sender=self, dispatch_uid="alarms")
