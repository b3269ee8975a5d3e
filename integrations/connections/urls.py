from django.urls import include, path
from django.urls.resolvers import URLPattern, URLResolver

from integrations.connections import application_views, views

app_name = "connections"

one = [
    path("", views.detail, name="detail"),
    path("calls/", views.calls, name="calls"),
    path("progress/", views.progress, name="progress"),
    path("workspace/", views.workspace, name="workspace"),
    path("reconnect/", views.reconnect, name="reconnect"),
    path("rename/", views.rename, name="rename"),
    path("verify/", views.verify, name="verify"),
    path("disconnect/", views.disconnect, name="disconnect"),
]
all_of_them: list[URLPattern | URLResolver] = [
    path("", views.connection_list, name="list"),
    path("add/", views.add, name="add"),
    path("add/<slug:provider_name>/", views.add_to, name="add_to"),
    path("applications/<slug:provider_name>/<slug:sign_in>/", application_views.application, name="application"),
    path("applications/<slug:provider_name>/<slug:sign_in>/remove/", application_views.remove, name="remove_application"),
    path("<uuid:connection_id>/", include(one)),
]
urlpatterns = [
    path("connections/callback/", views.callback, name="callback"),
    path("o/<slug:organization>/connections/", include(all_of_them)),
]
