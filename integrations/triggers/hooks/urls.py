"""Where providers deliver to. The address names no organization: its secret does."""

from django.urls import path

from integrations.triggers.hooks.receiving import receive

app_name = "hooks"
urlpatterns = [path("hooks/<str:secret>/", receive, name="receive")]
