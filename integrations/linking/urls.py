"""Integrations, and what is linked in them."""

from django.urls import URLPattern, URLResolver, include, path

from integrations.linking import (
    connecting_views,
    disconnecting_views,
    history_views,
    people_views,
    personal_urls,
    project_views,
    rule_views,
    views,
)

app_name = "linking"

of_projects = [
    path("", project_views.projects, name="projects"),
    path("connect/", project_views.connect, name="connect_project"),
    path("connect-all/", connecting_views.connect_everything, name="connect_all"),
    path("disconnect/", disconnecting_views.projects, name="disconnect_projects"),
    path("refresh/", project_views.refresh, name="refresh_projects"),
    path("new/", rule_views.review, name="review"),
    path("new/dismissed/", rule_views.dismissed, name="dismissed"),
    path("new/rule/", rule_views.rule, name="rule"),
]
of_people = [
    path("", people_views.people, name="people"),
    path("add/", people_views.add, name="add_people"),
    path("notify/", people_views.notify, name="notify_people"),
    path("revoke/", people_views.revoke, name="revoke_people"),
    path("asking/", people_views.asking, name="asking"),
    path("connect/", people_views.connect, name="connect_person"),
    path("match/", people_views.match, name="match_people"),
    path("disconnect/", disconnecting_views.people, name="disconnect_people"),
    path("refresh/", people_views.refresh, name="refresh_people"),
]
of_one_integration: list[URLPattern | URLResolver] = [
    path("", views.overview, name="overview"),
    path("sync/settings/", views.settings, name="settings"),
    path("pause/", views.pause, name="pause"),
    path("resume/", views.resume, name="resume"),
    path("remove/", views.remove, name="remove"),
    path("projects/", include(of_projects)),
    path("people/", include(of_people)),
    path("choices/", project_views.choices, name="choices"),
    path("undo/<uuid:disconnection>/", disconnecting_views.undo_disconnection, name="undo"),
    path("history/", history_views.history, name="history"),
]
urlpatterns = [
    path("", include(personal_urls)),
    path("o/<slug:organization>/integrations/", views.integrations, name="list"),
    path("o/<slug:organization>/integrations/new/", views.join_two, name="join"),
    path("o/<slug:organization>/integrations/<uuid:integration>/", include(of_one_integration)),
]
