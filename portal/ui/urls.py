from django.urls import path

from portal.ui.styleguide import styleguide

urlpatterns = [path("styleguide/", styleguide, name="styleguide")]
