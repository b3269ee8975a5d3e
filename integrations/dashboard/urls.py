"""Where an organization begins."""

from django.urls import path

from integrations.dashboard import views

app_name = "dashboard"
urlpatterns = [path("o/<slug:organization>/", views.home, name="home")]
