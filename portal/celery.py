"""The Celery application. Messages carry ids only; what is due stands in PostgreSQL (see `portal.work`)."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

app = Celery("timebridge")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
