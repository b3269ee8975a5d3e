"""Connections, what keeps them signed in, and the log of their calls."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

import orjson
from django.apps import apps
from django.conf import settings
from django.db import models
from django.utils import timezone

from integrations.catalogue import Provider, SignIn
from integrations.connections.sealing import is_sealed_with_first_key, seal, unseal
from integrations.providers import UnknownProvider, get_provider
from portal.organizations.tenancy import TenantModel, TenantRecord
from portal.work.models import DueModel

AUTHORIZATION_LIFE = timedelta(minutes=15)
DISCOVERY_LIFE = timedelta(days=7)  # what Hubstaff asks for: https://developer.hubstaff.com/authentication
EXPIRY_MARGIN = timedelta(seconds=60)


class State(models.TextChoices):
    """How a connection is."""

    CONNECTING = "connecting", "Connecting"
    CHOOSING = "choosing", "Waiting for your choice"
    CONNECTED = "connected", "Connected"
    ATTENTION = "attention", "Needs attention"
    DISCONNECTED = "disconnected", "Disconnected"


BADGES = {
    State.CONNECTING: "working",
    State.CHOOSING: "attention",
    State.CONNECTED: "ok",
    State.ATTENTION: "failed",
    State.DISCONNECTED: "neutral",
}


class Connection(DueModel):
    """A sign-in at a provider, for one workspace over there. Due when it has to be looked at again."""

    provider = models.CharField(max_length=64)
    name = models.CharField(max_length=80)
    sign_in = models.CharField(max_length=64)
    state = models.CharField(max_length=16, choices=State, default=State.CONNECTING)
    problem = models.TextField(blank=True, help_text="What is wrong and what to do about it, as it is shown.")
    workspace_id = models.CharField(max_length=200, blank=True)
    workspace_name = models.CharField(max_length=200, blank=True)
    workspaces = models.JSONField(default=list, blank=True, help_text="What the sign-in reaches: id and name of each.")
    account_id = models.CharField(max_length=200, blank=True)
    account_name = models.CharField(max_length=200, blank=True)
    account_email = models.CharField(max_length=254, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    task_name = "integrations.connections.verify"

    class Meta:
        indexes = (models.Index(fields=("organization", "provider")),)
        ordering = ("created_at",)

    def __str__(self) -> str:
        return self.name

    @property
    def declaration(self) -> Provider:
        """The declared provider. Raises `UnknownProvider` where its folder is gone."""
        return get_provider(self.provider)

    @property
    def declared_sign_in(self) -> SignIn:
        return self.declaration.sign_in(self.sign_in)

    @property
    def provider_label(self) -> str:
        """The provider's name, for pages: also of one whose folder is gone."""
        try:
            return self.declaration.label
        except UnknownProvider:
            return self.provider

    @property
    def is_connected(self) -> bool:
        return self.state == State.CONNECTED

    @property
    def is_being_checked(self) -> bool:
        """Whether somebody is looking at it, or is about to."""
        return self.is_being_worked_on or (self.due_at is not None and self.due_at <= timezone.now())

    @property
    def was_ever_connected(self) -> bool:
        return bool(self.workspace_id)

    @property
    def badge(self) -> str:
        """Its state, as the components of a page know it."""
        return BADGES[State(self.state)]


class SealedSecrets(models.Model):
    """A row with secrets, sealed for what `sealed_for` says alone. They never stand in a log, a page or the admin site."""

    sealed = models.BinaryField(editable=False)

    organization_id: Any

    class Meta:
        abstract = True

    @property
    def sealed_for(self) -> UUID:
        """The id of what the secrets belong to."""
        raise NotImplementedError

    def keep(self, secrets: dict[str, str]) -> None:
        """Seals the secrets into the row, which is not saved yet."""
        self.sealed = seal(orjson.dumps(secrets), self._bound_to())

    def open(self) -> dict[str, str]:
        """The secrets. Raises `SealBroken`."""
        return dict(orjson.loads(unseal(bytes(self.sealed), self._bound_to())))

    def reseal(self) -> bool:
        """Seals anew with the first key; False where it already was."""
        if is_sealed_with_first_key(bytes(self.sealed)):
            return False
        self.keep(self.open())
        self.save(update_fields=["sealed"])
        return True

    def _bound_to(self) -> str:
        return f"{self._meta.label}:{self.organization_id}:{self.sealed_for}"


def sealed_models() -> Iterator[type[SealedSecrets]]:
    """Every model whose rows hold sealed secrets, those of upper parts among them."""
    return (model for model in apps.get_models() if issubclass(model, SealedSecrets))


class OwnApplication(SealedSecrets, TenantRecord):
    """An OAuth application that an organization has registered at a provider itself: it signs in with it, and shares its budget with
    nobody. Another client id is another application, so only the secret is ever replaced.
    """

    provider = models.CharField(max_length=64)
    sign_in = models.CharField(max_length=64)
    client_id = models.CharField(max_length=200)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("organization", "provider", "sign_in"), name="one_own_application"),)

    def __str__(self) -> str:
        return f"{self.provider}: {self.client_id}"

    @property
    def sealed_for(self) -> UUID:
        return self.pk


class Credential(SealedSecrets, TenantRecord):
    """What keeps a connection signed in: tokens or a key. A new sign-in makes a new row, so its id tells sign-ins apart. Tokens belong to
    the application that they were made with; they go with it.
    """

    connection = models.OneToOneField(Connection, on_delete=models.CASCADE, related_name="credential")
    application = models.ForeignKey(
        OwnApplication, on_delete=models.CASCADE, null=True, related_name="credentials", help_text="Empty: the operator's, or none."
    )
    expires_at = models.DateTimeField(null=True, blank=True, help_text="When the access token ends; it is renewed before.")
    kept_until = models.DateTimeField(null=True, blank=True, help_text="When the sign-in itself ends, where the provider tells.")

    def __str__(self) -> str:
        return f"Credential of {self.connection_id}"

    @property
    def sealed_for(self) -> UUID:
        return self.connection_id

    @property
    def is_stale(self) -> bool:
        """Whether the access token has run out, or is about to."""
        return self.expires_at is not None and self.expires_at <= timezone.now() + EXPIRY_MARGIN


def end_of_authorization() -> datetime:
    return timezone.now() + AUTHORIZATION_LIFE


class Authorization(SealedSecrets, DueModel):
    """A person on the way to a provider's sign-in page and back: to sign the connection in, or only to prove who they are.

    Seals state, nonce and verifier, the code they come back with, and for a proof the page that they go back to.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="authorizations")
    application = models.ForeignKey(
        OwnApplication, on_delete=models.CASCADE, null=True, related_name="authorizations", help_text="Empty: the operator's."
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    sign_in = models.CharField(max_length=64)
    state_hash = models.CharField(max_length=64, unique=True, editable=False)
    redirect_to = models.CharField(max_length=500, blank=True, help_text="Where the person goes when all is done.")
    proof_for = models.UUIDField(
        null=True, blank=True, editable=False, help_text="For what it proves who a person is; empty where it signs the connection in."
    )
    expires_at = models.DateTimeField(default=end_of_authorization)
    used_at = models.DateTimeField(null=True, blank=True, help_text="When the person came back; nobody comes back twice.")
    finished_at = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(blank=True)

    task_name = "integrations.connections.authorize"

    class Meta:
        indexes = (models.Index(fields=("proof_for",), name="proof_of", condition=models.Q(proof_for__isnull=False)),)
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"Authorization for {self.connection_id}"

    @property
    def sealed_for(self) -> UUID:
        return self.connection_id

    @property
    def is_over(self) -> bool:
        return self.expires_at <= timezone.now()

    @property
    def is_proof(self) -> bool:
        """Whether it only shows who a person is. The connection then stays as it is, and no token is kept."""
        return self.proof_for is not None

    @property
    def is_open(self) -> bool:
        """Whether the person may still set out and come back."""
        return self.used_at is None and not self.is_over

    @property
    def is_being_finished(self) -> bool:
        """Whether the person is back, and the rest is ours to do."""
        return self.used_at is not None and self.finished_at is None


class Discovery(models.Model):
    """What a place to sign in says of itself, and its public keys, kept for a week. It belongs to nobody."""

    address = models.URLField(max_length=500, primary_key=True)
    document = models.JSONField()
    keys = models.JSONField()
    read_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "discoveries"

    def __str__(self) -> str:
        return self.address

    @property
    def is_fresh(self) -> bool:
        return self.read_at > timezone.now() - DISCOVERY_LIFE


FAILED = models.Q(status__isnull=True) | models.Q(status__gte=400)


class Call(TenantModel):
    """One exchange with a provider. Values, bodies and headers are not kept, the row itself for two weeks."""

    id = models.BigAutoField(primary_key=True)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="calls")
    method = models.CharField(max_length=8)
    path = models.CharField(max_length=300)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    milliseconds = models.PositiveIntegerField()
    attempt = models.PositiveSmallIntegerField()
    asked_by = models.CharField(max_length=100)
    run_id = models.UUIDField(null=True, help_text="The run that it was made for; none where something was only looked at.")
    at = models.DateTimeField(default=timezone.now)

    kept_for: ClassVar[timedelta] = timedelta(days=14)

    class Meta:
        indexes = (
            models.Index(fields=("connection", "-id")),
            models.Index(fields=("connection", "at")),
            models.Index(fields=("run_id",), name="call_of_run", condition=models.Q(run_id__isnull=False)),
            models.Index(fields=("connection", "-id"), name="failed_call", condition=FAILED),
        )

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.status or 'no answer'}"


class BudgetBucket(models.Model):
    """A budget of calls that a provider keeps count of: for an application, an account or a connection. It may span organizations.

    Nobody reads or writes these three tables directly: see `buckets`.
    """

    name = models.CharField(max_length=300, primary_key=True)
    used_at = models.DateTimeField(help_text="When somebody last asked for a call.")
    closed_until = models.DateTimeField(null=True, help_text="The provider itself asked to wait until then.")

    def __str__(self) -> str:
        return self.name


class BudgetUse(models.Model):
    """How many calls of one urgency an organization was granted in one slice of time."""

    bucket = models.CharField(max_length=300)
    organization_id = models.UUIDField()
    slice = models.DateTimeField(help_text="When it began.")
    urgency = models.PositiveSmallIntegerField(help_text="The higher, the more urgent.")
    calls = models.PositiveIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("bucket", "organization_id", "slice", "urgency"), name="one_use_a_slice"),)

    def __str__(self) -> str:
        return f"{self.bucket} {self.slice}"


class BudgetWait(models.Model):
    """An organization that was turned away, until shortly after it was told to come back."""

    bucket = models.CharField(max_length=300)
    organization_id = models.UUIDField()
    of_share = models.FloatField(help_text="The part of its share that it may claim, by what was turned away.")
    until = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("bucket", "organization_id"), name="one_wait_an_organization"),)

    def __str__(self) -> str:
        return f"{self.bucket} until {self.until}"
