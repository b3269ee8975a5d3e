"""Integrations, and what is linked in them."""

from django.urls import URLPattern, URLResolver, include, path

from integrations.linking import people_views, project_views, views

app_name = "linking"

of_projects = [
    path("", project_views.projects, name="projects"),
    path("connect/", project_views.connect, name="connect_project"),
    path("connect-all/", project_views.connect_everything, name="connect_all"),
    path("disconnect/", project_views.disconnect_ticked, name="disconnect_projects"),
    path("refresh/", project_views.refresh, name="refresh_projects"),
]
of_people = [
    path("", people_views.people, name="people"),
    path("connect/", people_views.connect, name="connect_person"),
    path("match/", people_views.match, name="match_people"),
    path("disconnect/", people_views.disconnect_ticked, name="disconnect_people"),
    path("refresh/", people_views.refresh, name="refresh_people"),
]
of_one_integration: list[URLPattern | URLResolver] = [
    path("", views.overview, name="overview"),
    path("settings/", views.settings, name="settings"),
    path("pause/", views.pause, name="pause"),
    path("resume/", views.resume, name="resume"),
    path("projects/", include(of_projects)),
    path("people/", include(of_people)),
]
urlpatterns = [
    path("o/<slug:organization>/integrations/", views.integrations, name="list"),
    path("o/<slug:organization>/integrations/new/", views.join_two, name="join"),
    path("o/<slug:organization>/integrations/<uuid:integration>/", include(of_one_integration)),
]
