from django.apps import AppConfig


class OnboardingConfig(AppConfig):
    name = "integrations.onboarding"
    verbose_name = "Getting started"

    def ready(self) -> None:
        from portal.ui.navigation import NavigationItem, register

        register(NavigationItem("Get started", "onboarding:start", "play", 85, role="manager"))
