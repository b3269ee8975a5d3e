"""The root of all addresses. What belongs to an organization lives below `/o/<organization>/`."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

# The admin's own sign-in knows no second factor.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("", include("portal.organizations.urls")),
    path("", include("portal.work.urls")),
    path("", include("portal.ui.urls")),
    path("", include("integrations.connections.urls")),
    path("", include("integrations.records.urls")),
    path("", include("integrations.operations.urls")),
    path("", include("integrations.linking.urls")),
    path("", include("integrations.sync.urls")),
    path("", include("integrations.triggers.urls")),
    path("", include("integrations.triggers.hooks.urls")),
    path("", include("integrations.automations.urls")),
    path("", include("integrations.alarms.urls")),
    path("", include("integrations.dashboard.urls")),
    path("", include("integrations.onboarding.urls")),
]
