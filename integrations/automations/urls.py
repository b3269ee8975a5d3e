"""Pages about what is done with events: where they are delivered, and what is run because of them."""

from integrations.automations.automation_urls import urlpatterns as automations
from integrations.automations.delivery_urls import urlpatterns as deliveries

app_name = "automations"
urlpatterns = [*deliveries, *automations]
