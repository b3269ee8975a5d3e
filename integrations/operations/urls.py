from django.urls import path

from integrations.operations import action_views, views

app_name = "operations"
urlpatterns = [
    path("o/<slug:organization>/actions/", action_views.all_actions, name="all_actions"),
    path("o/<slug:organization>/actions/<uuid:connection>/", action_views.actions, name="actions"),
    path("o/<slug:organization>/actions/<uuid:connection>/<slug:operation>/", action_views.action, name="action"),
    path("o/<slug:organization>/runs/", views.runs, name="runs"),
    path("o/<slug:organization>/runs/<uuid:run>/", views.run, name="run"),
    path("o/<slug:organization>/runs/<uuid:run>/answer/", views.answer, name="answer"),
    path("o/<slug:organization>/runs/<uuid:run>/file/", views.file, name="file"),
    path("o/<slug:organization>/runs/<uuid:run>/again/", views.try_again, name="try_again"),
    path("o/<slug:organization>/runs/<uuid:run>/repeat/", views.repeat, name="repeat"),
]
