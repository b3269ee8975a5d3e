from django.urls import path

from integrations.records import export_views, views

app_name = "records"
urlpatterns = [
    path("o/<slug:organization>/browse/", views.entities, name="entities"),
    path("o/<slug:organization>/browse/<uuid:connection>/<slug:entity>/", views.records, name="list"),
    path("o/<slug:organization>/browse/<uuid:connection>/<slug:entity>/<path:record>/", views.record, name="detail"),
    path("o/<slug:organization>/records/<uuid:connection>/<slug:entity>/choices/", views.choices, name="choices"),
    path("o/<slug:organization>/refresh/<uuid:connection>/<slug:entity>/", views.refresh, name="refresh"),
    path("o/<slug:organization>/browse/exports/", export_views.exports, name="exports"),
    path("o/<slug:organization>/browse/exports/<uuid:export>/", export_views.download, name="download"),
    path("o/<slug:organization>/browse/exports/<uuid:connection>/<slug:entity>/", export_views.ask, name="export"),
]
