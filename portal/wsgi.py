"""The web server's way in: `granian --interface wsgi portal.wsgi:application`."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

application = get_wsgi_application()

if not settings.TESTING:
    from portal.work.watching import start_watch

    start_watch()
