from django.urls import path

from integrations.triggers import event_views, replay_views, setup_views, views, webhook_views

app_name = "triggers"
urlpatterns = [
    path("o/<slug:organization>/triggers/", views.trigger_list, name="list"),
    path("o/<slug:organization>/triggers/new/", setup_views.choose, name="create"),
    path("o/<slug:organization>/triggers/new/<uuid:connection>/<slug:watch>/", setup_views.set_up, name="set_up"),
    path("o/<slug:organization>/triggers/<uuid:trigger>/", views.detail, name="detail"),
    path("o/<slug:organization>/triggers/<uuid:trigger>/edit/", setup_views.edit, name="edit"),
    path("o/<slug:organization>/triggers/<uuid:trigger>/pause/", views.pause, name="pause"),
    path("o/<slug:organization>/triggers/<uuid:trigger>/resume/", views.resume, name="resume"),
    path("o/<slug:organization>/triggers/<uuid:trigger>/end/", views.end, name="end"),
    path("o/<slug:organization>/triggers/<uuid:trigger>/release/", views.release, name="release"),
    path("o/<slug:organization>/triggers/<uuid:trigger>/skip/", views.skip, name="skip"),
    path("o/<slug:organization>/triggers/<uuid:trigger>/replay/", replay_views.replay, name="replay"),
    path("o/<slug:organization>/triggers/<uuid:trigger>/webhook/", webhook_views.renew, name="renew"),
    path("o/<slug:organization>/connections/<uuid:connection>/webhooks/", webhook_views.webhooks, name="webhooks"),
    path("o/<slug:organization>/connections/<uuid:connection>/webhooks/look/", webhook_views.look_again, name="look_again"),
    path("o/<slug:organization>/events/", event_views.feed, name="events"),
    path("o/<slug:organization>/events/<uuid:event>/", event_views.event, name="event"),
]
