from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.db.models.signals import post_migrate


def make_claims(using: str, **_: Any) -> None:
    from portal.work import claims

    claims.make_claims(using)


class WorkConfig(AppConfig):
    name = "portal.work"
    verbose_name = "Work"

    def ready(self) -> None:
        from portal.celery import app  # makes it the current application: the web sends messages too
        from portal.work import heartbeats  # noqa: F401  # connects its signals
        from portal.work.checks import lease_seconds
        from portal.work.outages import watch_parts
        from portal.work.pulse import Pulse
        from portal.work.watching import rounds

        app.steps["consumer"].add(Pulse)
        rounds.append(watch_parts)
        checks.register(lease_seconds)
        post_migrate.connect(make_claims, sender=self, dispatch_uid="claims")
