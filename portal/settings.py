"""Every setting of the portal, read from the environment and `.env`; what is not set is safe for production.

`ENVIRONMENT` holds the raw values, so that a provider's folder can name its own (its base address, its OAuth client) without an edit here.
"""

from __future__ import annotations

import os
import sys
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django_stubs_ext
import environ
import structlog
from django.core.exceptions import ImproperlyConfigured
from kombu import Exchange, Queue

from portal.logs import without_secrets

django_stubs_ext.monkeypatch()  # lets classes such as ModelAdmin be written with their model: ModelAdmin[User]

BASE_DIR = Path(__file__).resolve().parent.parent

# --- Environment -----------------------------------------------------------------------------------------------------


def forget_empty_values() -> None:
    """An empty value means the same in the environment and in `.env`: not set."""
    for name in [name for name, value in os.environ.items() if not value]:
        del os.environ[name]


forget_empty_values()
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env", overwrite=False)
forget_empty_values()
ENVIRONMENT = os.environ


def required(name: str) -> str:
    value = ENVIRONMENT.get(name, "")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. `make run` sets it; elsewhere put it into the environment or .env.")
    return value


def reaches_the_world(url: str) -> bool:
    """Whether an address looks like one that others can open: not this machine, and no name that only a local network knows."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith((".localhost", ".local", ".internal", ".test", ".example", ".invalid"))


DEBUG = env.bool("DEBUG", default=False)
DEMONSTRATION = env.bool("DEMONSTRATION", default=False)  # sample data, the sandbox, the style guide; plain http is fine
TESTING = "pytest" in sys.modules
SECRET_KEY = required("SECRET_KEY")
BASE_URL = env.str("BASE_URL", default="http://localhost:8000").rstrip("/")
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / ".data")))
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[urlsplit(BASE_URL).hostname or "localhost", "localhost", "127.0.0.1"])
CSRF_TRUSTED_ORIGINS = [BASE_URL]
DEMONSTRATION_EMAIL = "owner@northlight.example"
DEMONSTRATION_PASSWORD = "northlight-2026"  # noqa: S105  # printed by `make run`; made only where DEMONSTRATION is on
SANDBOX_URL = env.str("SANDBOX_URL", default="")

# --- Parts -----------------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.google",
    "allauth.socialaccount.providers.microsoft",
    "allauth.usersessions",
    "django_htmx",
    "template_partials",
    "django_structlog",
    "csp",
    "portal.ui",
    "portal.accounts",
    "portal.organizations",
    "portal.work",
    "integrations.connections",
    "integrations.records",
    "integrations.operations",
    "integrations.linking",
    "integrations.triggers",
    "integrations.sync",
    "integrations.automations",
    "integrations.alarms",
    "integrations.dashboard",
    "integrations.onboarding",
    "integrations.demonstration",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "portal.organizations.zone.ReadersZoneMiddleware",
    "portal.organizations.middleware.OrganizationMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.ui.context.shell",
            ],
        },
    },
]
FORM_RENDERER = "portal.ui.forms.PortalRenderer"

# --- Database --------------------------------------------------------------------------------------------------------
# `default` is the restricted role of web and workers; `owner` owns the tables and is used by `migrate` alone.

DATABASE_APPLICATION_ROLE = env.str("DATABASE_APPLICATION_ROLE", default="timebridge_app")
DATABASE_OPERATOR_ROLE = env.str("DATABASE_OPERATOR_ROLE", default="timebridge_operator")
required("DATABASE_URL")
DATABASES = {
    "default": {**env.db_url("DATABASE_URL"), "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True},
    "owner": env.db_url("DATABASE_OWNER_URL", default=required("DATABASE_URL")),
}
DATABASES["owner"]["TEST"] = {"MIRROR": "default"}

# --- People and sign-in ----------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
]
LOGIN_REDIRECT_URL = "home"
LOGIN_URL = "account_login"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_SIGNUP_FORM_CLASS = "portal.accounts.forms.SignupForm"
ACCOUNT_ADAPTER = "portal.accounts.adapter.AccountAdapter"
# Unconfirmed addresses must not sign in: an invitation or a match by e-mail would trust them.
ACCOUNT_EMAIL_VERIFICATION = env.str("ACCOUNT_EMAIL_VERIFICATION", default="optional" if DEMONSTRATION else "mandatory")
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = ACCOUNT_EMAIL_VERIFICATION == "mandatory"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = urlsplit(BASE_URL).scheme
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG or DEMONSTRATION
SOCIALACCOUNT_PROVIDERS = {
    name: {"APPS": [{"client_id": ENVIRONMENT[f"{prefix}_CLIENT_ID"], "secret": ENVIRONMENT.get(f"{prefix}_CLIENT_SECRET", "")}]}
    for name, prefix in (("google", "LOGIN_GOOGLE"), ("microsoft", "LOGIN_MICROSOFT"))
    if ENVIRONMENT.get(f"{prefix}_CLIENT_ID")
}

# --- Credentials of connections --------------------------------------------------------------------------------------
# Comma-separated urlsafe base64 keys of 32 bytes; the first seals, all open (`manage.py rotate_credentials`).

CREDENTIAL_KEYS = env.list("CREDENTIAL_KEYS", default=[])

# --- Rate limits -----------------------------------------------------------------------------------------------------
# Where a provider granted more (or less) than its folder declares: `hubstaff=2000/3600,timeghost=50/60`, calls in seconds.

RATE_LIMITS = env.list("RATE_LIMITS", default=[])

# --- Webhooks --------------------------------------------------------------------------------------------------------

# Whether providers can reach this portal from outside. Where they cannot, triggers poll; the pages say so.
WEBHOOKS_REACH_US = env.bool("WEBHOOKS_REACH_US", default=DEMONSTRATION or reaches_the_world(BASE_URL))
# Hosts, as `name` or `name:port`, that events may be delivered to although their address is not a public one: for development.
OUTGOING_HOSTS = env.list("OUTGOING_HOSTS", default=[])

# --- Celery ----------------------------------------------------------------------------------------------------------

CELERY_BROKER_URL = required("CELERY_BROKER_URL")
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = (
    # Above the longest task: a message that becomes visible again while its task runs would be run a second time.
    {
        "init_extension": False,
        "wait_time_seconds": 0,
        "polling_interval": 0.05,
        "visibility_timeout": 3600,
        "pool_size": 3,
        # Named outright: left to itself the client would take DATABASE_URL from the environment, which is another role's.
        "conn_string": CELERY_BROKER_URL.replace("pgmq://", "postgresql://", 1),
    }
    if CELERY_BROKER_URL.startswith("pgmq")
    else {"visibility_timeout": 3600}
)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 1800
CELERY_TASK_SOFT_TIME_LIMIT = 1740
# Two queues, so that a few long syncs can stop neither the sweep nor somebody's sign-in. A worker without `-Q` serves both.
CELERY_TASK_DEFAULT_QUEUE = env.str("TASK_QUEUE", default="timebridge")
LONG_QUEUE = f"{CELERY_TASK_DEFAULT_QUEUE}-long"
CELERY_TASK_QUEUES = [Queue(name, Exchange(name), routing_key=name) for name in (CELERY_TASK_DEFAULT_QUEUE, LONG_QUEUE)]
CELERY_TASK_ROUTES = {
    name: {"queue": LONG_QUEUE} for name in ("integrations.sync.synchronize", "integrations.records.refresh", "integrations.records.export")
}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_TIMEZONE = "UTC"
SWEEP_SECONDS = env.float("SWEEP_SECONDS", default=2.0)
HAND_OUT_SECONDS = env.int("HAND_OUT_SECONDS", default=300)  # how long a message may wait in the queue before its row is handed out anew
LEASE_SECONDS = env.int("LEASE_SECONDS", default=300)  # far longer than the 75 s that a single call to a provider may take
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "portal.work.sweep", "schedule": SWEEP_SECONDS, "options": {"expires": 30}},
}

# --- Pages, files, mail ----------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
USE_I18N = True
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or TESTING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG or TESTING
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
# Both in the database, which all web processes share: signing out holds everywhere, and so do the limits on guessing passwords.
SESSION_ENGINE = "django.contrib.sessions.backends.db"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache_entries",  # made by a migration of portal.work
        "OPTIONS": {"MAX_ENTRIES": 10_000},  # when there are more, a third is dropped, the limits of some among them
    }
}
EMAIL_CONFIG = env.email_url("EMAIL_URL", default=f"filemail:///{DATA_DIR}/mail" if DEMONSTRATION else "smtp://localhost:25")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 10  # seconds; a mail server that hangs must not hold a page for longer
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Timebridge <no-reply@localhost>")

# --- Safety ----------------------------------------------------------------------------------------------------------

SECURE = BASE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# No form-action: a sign-in at a provider begins with a form of ours that leads there.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- Logs ------------------------------------------------------------------------------------------------------------
# JSON, and a plain traceback: the pretty one prints local variables, tokens among them.

structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.filter_by_level,
        without_secrets,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.format_exc_info,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processor": structlog.processors.JSONRenderer(),
            "foreign_pre_chain": [
                structlog.contextvars.merge_contextvars,
                without_secrets,
                structlog.processors.TimeStamper(fmt="iso"),
                structlog.stdlib.add_logger_name,
                structlog.stdlib.add_log_level,
                structlog.processors.format_exc_info,
            ],
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {name: {"level": "WARNING"} for name in ("httpx", "httpcore", "celery.beat", "celery.app.trace", "celery.worker.strategy")},
}
