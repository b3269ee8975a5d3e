"""The start page, and the pages about organizations and the people in them."""

from django.urls import URLPattern, URLResolver, include, path

from portal.organizations import invitation_views, member_views, views, zone_views

OF_ORGANIZATION = [
    path("members/", member_views.members, name="members"),
    path("members/invite/", member_views.invite, name="invite"),
    path("members/leave/", member_views.leave, name="leave"),
    path("members/<uuid:membership>/role/", member_views.change_role, name="change_role"),
    path("members/<uuid:membership>/remove/", member_views.remove, name="remove"),
    path("invitations/<uuid:invitation>/resend/", member_views.resend, name="resend"),
    path("invitations/<uuid:invitation>/revoke/", member_views.revoke, name="revoke"),
    path("settings/", views.settings, name="settings"),
    path("audit/", views.audit, name="audit"),
]
PAGES: list[URLPattern | URLResolver] = [
    path("organizations/new/", views.create, name="create"),
    path("accounts/time-zone/", zone_views.time_zone, name="time_zone"),
    path("invitations/<str:secret>/", invitation_views.invitation, name="invitation"),
    path("o/<slug:organization>/", include(OF_ORGANIZATION)),
]
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("", include((PAGES, "organizations"))),
]
