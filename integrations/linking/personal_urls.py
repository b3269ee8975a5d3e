"""The addresses of personal links. They name no organization: their secret does."""

from django.urls import path

from integrations.linking import personal_views

urlpatterns = [
    path("connect/<str:secret>/", personal_views.personal, name="personal"),
    path("connect/<str:secret>/authorise/", personal_views.authorise, name="authorise"),
]
