"""Whether the portal lives, whether it can serve, and its figures."""

import hmac
import ipaddress
import logging
from datetime import timedelta

import redis
from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView

from consent.ledger.health import health
from consent.seals.directory import KeystoreRefused
from consent.seals.keystore import check_keystore

PROOFS_WITHIN = timedelta(minutes=2)
REDIS_SECONDS = 0.5
FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP")
OK, FAILS = "ok", "fails"

log = logging.getLogger(__name__)


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the process answers; looks at nothing else, so that a lost database restarts no healthy process."""
    return JsonResponse({"status": OK})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """200 `ok`, or `degraded` without Redis (deletions start later, nothing is lost); 503 without database, keystore or proofs."""
    needed = {"database": _database(), "keystore": _keystore()}
    needed["ledger"] = _ledger() if needed["database"] == OK else FAILS
    parts = {**needed, "redis": _redis()}
    if FAILS in needed.values():
        return JsonResponse({"status": FAILS, "parts": parts}, status=503, headers={"Retry-After": "5"})
    return JsonResponse({"status": OK if parts["redis"] == OK else "degraded", "parts": parts})


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures for Prometheus: for this machine itself, or with METRICS_TOKEN as bearer token; 404 for anyone else."""
    if not (_is_local(request) or _has_token(request)):
        return HttpResponse(status=404)
    return ExportToDjangoView(request)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return FAILS
    return OK


def _keystore() -> str:
    try:
        check_keystore()
    except (KeystoreRefused, OSError) as refused:
        log.error("keystore refused: %s", type(refused).__name__)
        return FAILS
    return OK


def _ledger() -> str:
    """Fails when an entry has waited for its proof longer than Candor says it takes."""
    try:
        waited = health(at=timezone.now()).oldest_unsequenced
    except Error:
        return FAILS
    return FAILS if waited is not None and waited > PROOFS_WITHIN else OK


def _redis() -> str:
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=REDIS_SECONDS, socket_timeout=REDIS_SECONDS, retry=None
    )
    try:
        client.ping()
    except (redis.RedisError, OSError):
        return FAILS
    finally:
        client.close()
    return OK


def _is_local(request: HttpRequest) -> bool:
    """From this machine, and not handed on by a proxy on it."""
    if any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _has_token(request: HttpRequest) -> bool:
    """Whether the request shows the token that METRICS_TOKEN names; an empty one opens nothing."""
    shown = request.headers.get("Authorization", "").encode()
    return bool(settings.METRICS_TOKEN) and hmac.compare_digest(shown, f"Bearer {settings.METRICS_TOKEN}".encode())
