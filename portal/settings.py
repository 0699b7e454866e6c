"""All settings of the portal, read from the environment (docs/operations.md lists every name)."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
import structlog
from django.utils.translation import gettext_lazy as _

from portal import environment

BASE_DIR = Path(__file__).resolve().parent.parent
STATE_DIR = Path(environment.text("STATE_DIR", str(BASE_DIR / ".state")))
HOST = environment.text("HOST", "127.0.0.1")
PORT = environment.number("PORT", 8000)
PUBLIC_URL = environment.public_url(f"http://{HOST}:{PORT}")
DEMO = environment.demonstration(host=HOST, url=PUBLIC_URL)
DEBUG = environment.flag("DEBUG")
SECRET_KEY = environment.text("SECRET_KEY")
KEYSTORE_DIR = Path(environment.text("KEYSTORE_DIR", str(STATE_DIR / "keystore")))
MAIL_DIR = STATE_DIR / "mail"
# The origin line of checkpoints (C2SP tlog-checkpoint): a name of the log, without a scheme.
LEDGER_ORIGIN = environment.text("LEDGER_ORIGIN", f"{urlsplit(PUBLIC_URL).netloc}/ledger")
SECURE = PUBLIC_URL.startswith("https://")

# --- witnesses of the ledger: where each checkpoint goes besides the database (docs/ledger.md) ---
WITNESS_FILE = Path(environment.text("WITNESS_FILE", str(STATE_DIR / "witness" / "checkpoints.notes")))
WITNESS_BUCKET = environment.text("WITNESS_BUCKET", "")
WITNESS_ENDPOINT = environment.text("WITNESS_ENDPOINT", "")  # of an S3-compatible store; nothing: AWS
WITNESS_REGION = environment.text("WITNESS_REGION", "")
WITNESS_ACCESS_KEY = environment.text("WITNESS_ACCESS_KEY", "")
WITNESS_SECRET_KEY = environment.text("WITNESS_SECRET_KEY", "")
WITNESS_DAYS = environment.number("WITNESS_DAYS", 3650)
TSA_URL = environment.text("TSA_URL", "")
TSA_CERTIFICATES = environment.file_for("TSA_CERTIFICATES", needed_by="TSA_URL")

ALLOWED_HOSTS = [urlsplit(PUBLIC_URL).hostname, "localhost", "127.0.0.1"]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "rest_framework",
    "drf_spectacular",
    "django_htmx",
    "template_partials",
    "django_structlog",
    "django_prometheus",
    "csp",
    "consent.seals",
    "consent.ledger",
    "consent.people",
    "consent.letters",
    "consent.programmes",
    "consent.consultations",
    "consent.receipts",
    "consent.retention",
    "consent.collectors",
    "consent.choices",
    "consent.captures",
    "consent.rights",
    "consent.records",
    "consent.demonstration",
    "portal.web",
    "portal.api",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "portal.outage.OutageMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "portal.access.AccessMiddleware",
    "portal.web.clock.OwnTimeMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "portal.web.navigation.navigation",
            ],
        },
    },
]

# --- PostgreSQL: `default` is the portal's plain role, `owner` is used by migrations and partitions alone (ADR 0002) ---
_DATABASE_URL = environment.text("DATABASE_URL")


def _database(url: str) -> dict[str, Any]:
    return dict(dj_database_url.parse(url, conn_max_age=600, conn_health_checks=True)) | {
        "OPTIONS": {"server_side_binding": True, "connect_timeout": 5, "application_name": "candor"},
        "TIME_ZONE": "UTC",
    }


DATABASES = {
    "default": _database(_DATABASE_URL),
    "owner": _database(environment.text("DATABASE_OWNER_URL", _DATABASE_URL)) | {"CONN_MAX_AGE": 0},
}
DATABASE_ROUTERS: list[str] = []
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Celery: PostgreSQL is the truth, Redis the doorbell (ADR 0003) ---
REDIS_URL = environment.text("REDIS_URL")
# How long a deletion waits for a device to confirm that it emptied its buffer, before the certificate says that it did not.
COLLECTOR_PATIENCE = timedelta(seconds=environment.number("COLLECTOR_PATIENCE", 20 if DEMO else 86_400))
QUEUE = environment.text("QUEUE", "candor")  # two portals on one Redis each name their own

# --- people and sign-in ---
AUTH_USER_MODEL = "people.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
ACCOUNT_ADAPTER = "portal.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "10/m/ip,5/5m/key"}
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]

# Sessions and rate limits live in PostgreSQL, so that Redis can be down or emptied.
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = int(timedelta(hours=10).total_seconds())
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "people_ratelimit",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# --- headers ---
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
SECURE_SSL_REDIRECT = SECURE and environment.flag("SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if environment.flag("BEHIND_TLS_PROXY") else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
FILE_UPLOAD_HANDLERS = ["portal.uploads.InMemory"]

# --- static files, languages, time ---
STATIC_URL = "/static/"
STATIC_ROOT = STATE_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "portal" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": STATE_DIR / "files"}},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "portal" / "locale"]
USE_I18N = USE_TZ = True
USE_THOUSAND_SEPARATOR = True
TIME_ZONE = "UTC"

# --- mail ---
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = str(MAIL_DIR)
if _smtp := environment.text("SMTP_HOST", ""):
    EMAIL_BACKEND, EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", _smtp
DEFAULT_FROM_EMAIL = environment.text("MAIL_FROM", "candor@localhost")

# --- API ---
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["portal.api.credentials.SessionCredential"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "portal.api.problems.problem_response",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
# /metrics answers this machine itself; elsewhere only who shows this token.
METRICS_TOKEN = environment.text("METRICS_TOKEN", "")
SPECTACULAR_SETTINGS = {
    "TITLE": "Candor",
    "DESCRIPTION": "What may be captured, what was decided, and what is done about it.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
}

# --- logs: JSON lines, ids only ---
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.filter_by_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "portal.logs.Formatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django.db.backends": {"level": "WARNING"},
        "weasyprint": {"level": "ERROR"},
        "fontTools": {"level": "ERROR"},
        "pikepdf": {"level": "WARNING"},  # it says that it is there, into every command
    },
}

SILENCED_SYSTEM_CHECKS: list[str] = []
