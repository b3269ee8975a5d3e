from django.urls import path

from integrations.triggers import views

app_name = "triggers"
urlpatterns = [
    path("o/<slug:organization>/triggers/", views.trigger_list, name="list"),
    path("o/<slug:organization>/triggers/new/", views.create, name="create"),
    path("o/<slug:organization>/triggers/<uuid:trigger>/", views.detail, name="detail"),
    path("o/<slug:organization>/triggers/<uuid:trigger>/pause/", views.pause, name="pause"),
    path("o/<slug:organization>/triggers/<uuid:trigger>/resume/", views.resume, name="resume"),
    path("o/<slug:organization>/triggers/<uuid:trigger>/delete/", views.delete, name="delete"),
    path("o/<slug:organization>/events/", views.events, name="events"),
    path("o/<slug:organization>/events/<uuid:event>/", views.event, name="event"),
]
