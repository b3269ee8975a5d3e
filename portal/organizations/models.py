"""Tenants, the people in them, and what was done by whom."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from portal.organizations.tenancy import TenantRecord

INVITATION_LIFE = timedelta(days=7)


class Role(models.TextChoices):
    """What a member may do, weakest first; each may do all that the ones before it may."""

    VIEWER = "viewer", "Viewer"
    MEMBER = "member", "Member"
    MANAGER = "manager", "Manager"
    OWNER = "owner", "Owner"

    def allows(self, needed: Role) -> bool:
        order = list(Role)
        return order.index(self) >= order.index(needed)


class Organization(models.Model):
    """A tenant."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    slug = models.SlugField("address", max_length=60, unique=True)
    time_zone = models.CharField(max_length=64, default="UTC", help_text="Days are cut in this time zone.")
    add_members_to_projects = models.BooleanField(
        "Add connected people to every linked project", default=True, help_text="Off: you assign people to projects by hand."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Membership(TenantRecord):
    """A person in an organization, with a role."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role, default=Role.MEMBER)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("organization", "user"), name="one_membership_a_person"),)

    def __str__(self) -> str:
        return f"{self.user} ({self.get_role_display()})"


class Invitation(TenantRecord):
    """An offer of membership, sent to an address. Only the hash of its secret is kept."""

    email = models.EmailField()
    role = models.CharField(max_length=16, choices=Role, default=Role.MEMBER)
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                "organization", Lower("email"), condition=models.Q(accepted_at=None), name="one_open_invitation_an_address"
            ),
        )

    def __str__(self) -> str:
        return self.email

    @property
    def is_open(self) -> bool:
        return self.accepted_at is None and self.expires_at > timezone.now()

    def renew(self) -> str:
        """Gives the invitation a new secret and a new life; returns the secret, which is kept nowhere."""
        secret = secrets.token_urlsafe(32)
        self.secret_hash = hash_secret(secret)
        self.expires_at = timezone.now() + INVITATION_LIFE
        return secret


def hash_secret(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


class AuditEntry(TenantRecord):
    """What was done by whom. Rows are only ever added: the web's database role may neither change nor delete them."""

    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    action = models.CharField(max_length=64)
    target = models.CharField(max_length=200)
    detail = models.JSONField(default=dict)

    append_only: ClassVar[bool] = True

    class Meta:
        indexes = (models.Index(fields=("organization", "-created_at")),)
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.action}: {self.target}"
