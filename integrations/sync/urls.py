"""Syncs of an integration: what one would do, what each did."""

from django.urls import include, path

from integrations.sync import views

app_name = "sync"

of_one_integration = [
    path("", views.syncs, name="list"),
    path("plan/", views.show_plan, name="plan"),
    path("now/", views.now, name="now"),
    path("<uuid:sync>/", views.sync_detail, name="detail"),
]
urlpatterns = [path("o/<slug:organization>/integrations/<uuid:integration>/sync/", include(of_one_integration))]
