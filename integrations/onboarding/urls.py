from django.urls import path

from integrations.onboarding import views

app_name = "onboarding"
urlpatterns = [
    path("o/<slug:organization>/start/", views.start, name="start"),
    path("o/<slug:organization>/start/name/", views.name, name="name"),
    path("o/<slug:organization>/start/connect/", views.connect, name="connect"),
    path("o/<slug:organization>/start/link/", views.link, name="link"),
    path("o/<slug:organization>/start/done/", views.done, name="done"),
]
