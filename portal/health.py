"""Whether the portal lives, whether it can serve, and its figures."""

import hmac
import ipaddress
import logging

import redis
from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView

from consent.ledger.health import health
from consent.ledger.verdicts import newest_audit
from consent.ledger.witnesses.health import are_well
from consent.seals.directory import KeystoreRefused
from consent.seals.keystore import check_keystore

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
    """200 `ok`; `degraded` without Redis (deletions start later, nothing is lost), with a witness of the ledger that is late or in
    trouble, or after an audit that found something; 503 without database, keystore or proofs.
    """
    needed = {"database": _database(), "keystore": _keystore()}
    there = needed["database"] == OK
    needed["ledger"] = _ledger() if there else FAILS
    wanted = {"redis": _redis(), "witnesses": _witnesses() if there else FAILS, "audit": _audit() if there else FAILS}
    parts = {**needed, **wanted}
    if FAILS in needed.values():
        return JsonResponse({"status": FAILS, "parts": parts}, status=503, headers={"Retry-After": "5"})
    return JsonResponse({"status": "degraded" if FAILS in wanted.values() else OK, "parts": parts})


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
        return FAILS if health(at=timezone.now()).late else OK
    except Error:
        return FAILS


def _witnesses() -> str:
    """Fails when a checkpoint has not reached a witness in time, or the witness contradicts the log."""
    try:
        return OK if are_well(at=timezone.now()) else FAILS
    except Error:
        return FAILS


def _audit() -> str:
    """Fails when the last reading of the whole log found something."""
    try:
        newest = newest_audit()
    except Error:
        return FAILS
    return FAILS if newest is not None and newest.problems else OK


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
