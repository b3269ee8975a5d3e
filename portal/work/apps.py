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
        import portal.celery  # noqa: F401  # makes it the current application: the web sends messages too
        from portal.work import heartbeats  # noqa: F401  # connects its signals
        from portal.work.checks import lease_seconds

        checks.register(lease_seconds)
        post_migrate.connect(make_claims, sender=self, dispatch_uid="claims")
