from django.urls import path

from integrations.operations import views

app_name = "operations"
urlpatterns = [
    path("o/<slug:organization>/runs/", views.runs, name="runs"),
    path("o/<slug:organization>/runs/<uuid:run>/", views.run, name="run"),
    path("o/<slug:organization>/runs/<uuid:run>/again/", views.try_again, name="try_again"),
]
