from django.urls import path

from integrations.alarms import views

app_name = "alarms"
urlpatterns = [path("o/<slug:organization>/alarms/", views.alarm_list, name="list")]
