from django.urls import path

from integrations.records import views

app_name = "records"
urlpatterns = [
    path("o/<slug:organization>/browse/", views.entities, name="entities"),
    path("o/<slug:organization>/browse/<uuid:connection>/<slug:entity>/", views.records, name="list"),
    path("o/<slug:organization>/browse/<uuid:connection>/<slug:entity>/<path:record>/", views.record, name="detail"),
    path("o/<slug:organization>/refresh/<uuid:connection>/<slug:entity>/", views.refresh, name="refresh"),
]
