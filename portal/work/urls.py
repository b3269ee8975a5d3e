from django.urls import path

from portal.work import views

urlpatterns = [path("healthz", views.healthz, name="healthz")]
