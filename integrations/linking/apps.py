from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


def make_doors(using: str, **_: Any) -> None:
    from integrations.linking import doors

    doors.make_doors(using)


class LinkingConfig(AppConfig):
    name = "integrations.linking"
    verbose_name = "Linking"

    def ready(self) -> None:
        from integrations.connections import registry
        from integrations.linking.following import resume_integrations, say_what_stops
        from integrations.linking.invitations import note_proof
        from portal.ui.navigation import NavigationItem, register

        register(NavigationItem("Integrations", "linking:list", "bridge", 20))
        registry.when_connected.append(resume_integrations)
        registry.dependents.append(say_what_stops)
        registry.when_proved.append(note_proof)
        post_migrate.connect(make_doors, sender=self, dispatch_uid="linking doors")
