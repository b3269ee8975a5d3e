"""Syncs of an integration: what one would do, what each did, what waits for a person, and looking closely."""

from django.urls import include, path

from integrations.sync import views, waiting_views, why_views

app_name = "sync"

of_sync = [
    path("", views.syncs, name="list"),
    path("plan/", views.show_plan, name="plan"),
    path("now/", views.now, name="now"),
    path("waiting/", waiting_views.approvals, name="approvals"),
    path("waiting/answer/", waiting_views.answer, name="answer"),
    path("waiting/<uuid:approval>/reconsider/", waiting_views.reconsider, name="reconsider"),
    path("plan/why/", why_views.why, name="why"),
    path("<uuid:sync>/", views.sync_detail, name="detail"),
]
of_one_project = [
    path("compare/", why_views.compare_sides, name="compare"),
    path("try-now/", why_views.try_now, name="try_now"),
]
of_one_integration = [
    path("sync/", include(of_sync)),
    path("projects/<uuid:link>/", include(of_one_project)),
]
urlpatterns = [path("o/<slug:organization>/integrations/<uuid:integration>/", include(of_one_integration))]
