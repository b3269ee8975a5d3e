from django.urls import URLPattern, path

from integrations.automations import delivery_views, destination_views
from integrations.automations.models import Destination

BELOW = "o/<slug:organization>/deliveries/"
ONE = f"{BELOW}destinations/<uuid:destination>/"

urlpatterns: list[URLPattern] = [
    path(BELOW, delivery_views.all_deliveries, name="deliveries"),
    path(f"{BELOW}resend/", delivery_views.resend_many, name="deliveries_resend"),
    path(f"{BELOW}<uuid:delivery>/", delivery_views.delivery, name="delivery"),
    path(f"{BELOW}<uuid:delivery>/resend/", delivery_views.resend, name="delivery_resend"),
    path(f"{BELOW}destinations/", destination_views.destinations, name="destinations"),
    path(f"{BELOW}destinations/new/webhook/", destination_views.create, {"kind": Destination.Kind.WEBHOOK.value}, name="new_webhook"),
    path(f"{BELOW}destinations/new/email/", destination_views.create, {"kind": Destination.Kind.EMAIL.value}, name="new_email"),
    path(ONE, destination_views.destination, name="destination"),
    path(f"{ONE}edit/", destination_views.edit, name="destination_edit"),
    path(f"{ONE}secret/", destination_views.secret, name="destination_secret"),
    path(f"{ONE}rotate/", destination_views.rotate, name="destination_rotate"),
    path(f"{ONE}pause/", destination_views.pause, name="destination_pause"),
    path(f"{ONE}resume/", destination_views.resume, name="destination_resume"),
    path(f"{ONE}enable/", destination_views.enable, name="destination_enable"),
    path(f"{ONE}test/", destination_views.test, name="destination_test"),
    path(f"{ONE}end/", destination_views.end, name="destination_end"),
]
