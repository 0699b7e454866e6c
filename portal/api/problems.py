"""Every error of the API as problem details (RFC 9457), in English, with a stable code; never a word of what was sent."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.utils.log import log_response
from rest_framework import exceptions

from consent.seals.directory import KeystoreRefused
from portal.limits import TooOften

CONTENT_TYPE = "application/problem+json"

# Sentences by code. What DRF and Django raise quotes the request; what the keystore raises names its place. These do neither.
SENTENCES = {
    "not_authenticated": "Sign in, or send the credential that this address asks for.",
    "authentication_failed": "The credential is not valid.",
    "csrf": "The request lacks the CSRF token of the session. Send it as the X-CSRFToken header.",
    "permission_denied": "This is not open to you.",
    "not_found": "There is nothing here for you.",
    "method_not_allowed": "This address does not take that method. The Allow header lists those it takes.",
    "unsupported_media_type": "The body is of a type that this address does not take.",
    "malformed": "The body cannot be read.",
    "invalid": "The request is not valid. See “errors”.",
    "throttled": "Too many requests. Wait as long as the Retry-After header says.",
    "too_large": "The body is larger than this address takes.",
    "length_required": "Say how long the body is: send a Content-Length header.",
    "no_keys": "The portal cannot reach its keys. Nothing was stored or changed. Send the same again later.",
    "unexpected": "Something went wrong here that should not have. Nothing was changed halfway. It is on record.",
}
_DRF_CODES = {"parse_error": "malformed", "error": "unexpected"}

# What the rooms raise: their sentences are for people, and quote nothing. A code that is not listed here is a fault of ours: 500.
STATUS = {
    "malformed": 400,
    "missing_key": 400,
    "bad_key": 400,
    "unknown_token": 401,
    "revoked_token": 401,
    "inactive": 403,
    "conflict_of_interest": 403,
    "not_found": 404,
    "notice_changed": 409,
    "not_given": 409,
    "programme_suspended": 409,
    "programme_ended": 409,
    "too_large": 413,
    "unsupported_encoding": 415,
    "unsupported_media_type": 415,
    "unprocessable": 422,
    "key_reused": 422,
    "not_offered": 422,
    "no_such_notice": 404,
    "size": 404,
    "unknown_purge": 422,
    "scope_invalid": 422,
    "contended": 503,
    "printing_unavailable": 503,
    "keystore_refused": 503,
    "key_missing": 503,
}

# What this door raises by itself.
DOOR_STATUS = {
    "invalid": 400,
    "bad_cursor": 400,
    "not_authenticated": 401,
    "csrf": 403,
    "permission_denied": 403,
    "no_checkpoint": 404,
    "no_time_stamp": 404,
    "method_not_allowed": 405,
    "length_required": 411,
    "throttled": 429,
    "unexpected": 500,
    "unavailable": 503,
}

RETRY_AFTER = {"contended": "1"}

# Sentences for single fields, by the code that a serializer gives; anything else is simply not valid.
FIELD_SENTENCES = {
    "required": "This field is required.",
    "null": "This field cannot be null.",
    "blank": "This field cannot be empty.",
    "empty": "This list cannot be empty.",
    "invalid_choice": "This is not one of the values allowed here.",
    "not_a_list": "This must be a list.",
    "max_length": "This is too long.",
    "min_length": "This is too short.",
    "max_value": "This number is too large.",
    "min_value": "This number is too small.",
    "no_time_zone": "This must be an RFC 3339 time with its offset, such as 2026-11-10T09:00:00Z.",
    "period": "“from” must be before “to”.",
}


@dataclass(frozen=True)
class Problem:
    """One error: its status, code and sentence, and what else a program may need to go on."""

    status: int
    code: str
    detail: str
    more: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> HttpResponse:
        """The answer (RFC 9457, section 3); `type` is about:blank, so the title is the status's phrase (4.2.1)."""
        body = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            **self.more,
        }
        return JsonResponse(body, status=self.status, content_type=CONTENT_TYPE, headers=dict(self.headers))


def codes() -> dict[int, list[str]]:
    """Every code that an answer may carry, by status: what programs may rely on."""
    found: dict[int, list[str]] = {}
    for code, status in sorted((STATUS | DOOR_STATUS).items()):
        found.setdefault(status, []).append(code)
    return dict(sorted(found.items()))


class Refused(Exception):
    """A door's own refusal: the problem is already known."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


def refused(status: int, code: str, detail: str = "", **more: Any) -> Refused:
    """An exception that becomes this problem; without a sentence, the one that belongs to the code."""
    return Refused(Problem(status, code, detail or SENTENCES[code], more))


def problem_response(error: Exception, context: Mapping[str, Any]) -> HttpResponse | None:
    """DRF's exception handler. None only for a lost database, which portal.outage answers for the whole portal."""
    if isinstance(error, OperationalError | InterfaceError):
        return None
    found = problem_of(error)
    if found is not None:
        return found.response()
    return _unexpected(error, context)


def problem_of(error: Exception) -> Problem | None:
    """What the caller is told of this error; None when it is nobody's but ours."""
    match error:
        case Refused():
            return error.problem
        case exceptions.ValidationError():
            return Problem(400, "invalid", SENTENCES["invalid"], {"errors": list(_field_errors(error.detail))})
        case exceptions.APIException():
            return _of_framework(error)
        case TooOften():
            return Problem(429, "throttled", SENTENCES["throttled"], headers={"Retry-After": str(error.seconds)})
        case RequestDataTooBig():
            return Problem(413, "too_large", SENTENCES["too_large"])
        case SuspiciousOperation() | MultiPartParserError() | UnreadablePostError():
            return Problem(400, "malformed", SENTENCES["malformed"])
        case Http404():
            return Problem(404, "not_found", SENTENCES["not_found"])
        case PermissionDenied():
            return Problem(403, "permission_denied", SENTENCES["permission_denied"])
    return _of_room(error)


def _of_framework(error: exceptions.APIException) -> Problem:
    given = error.get_codes()
    name = given if isinstance(given, str) else error.default_code
    code = _DRF_CODES.get(name, name)
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    detail = SENTENCES.get(code, str(error.detail) if code in STATUS else SENTENCES["invalid"])
    return Problem(error.status_code, code, detail, headers=headers)


def _of_room(error: Exception) -> Problem | None:
    code = getattr(error, "code", None)
    if not type(error).__module__.startswith("consent.") or code not in STATUS:
        return None
    status = STATUS[code]
    headers = {"Retry-After": RETRY_AFTER.get(code, "60")} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    detail = SENTENCES["no_keys"] if isinstance(error, KeystoreRefused) else str(error)
    return Problem(status, code, detail, headers=headers)


def _field_errors(detail: Any, path: str = "") -> Iterator[dict[str, str]]:
    """One row per wrong field. Field names are the serializer's own; a name that the caller made up is never repeated."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            here = path if name == "non_field_errors" else f"{path}/{name}"
            yield from _field_errors(inner, here)
    elif isinstance(detail, list | tuple):
        for position, inner in enumerate(detail):
            nested = isinstance(inner, dict | list | tuple)
            yield from _field_errors(inner, f"{path}/{position}" if nested else path)
    else:
        code = getattr(detail, "code", "invalid")
        sentence = str(detail) if code == "unknown_field" else FIELD_SENTENCES.get(code, "This is not valid.")
        yield {"pointer": path or "/", "code": code, "detail": sentence}


def _unexpected(error: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """500, told to the log and to Django's own signal, as Django does for an exception that nobody handled."""
    request = context["request"]._request
    got_request_exception.send(sender=problem_response, request=request)
    response = Problem(500, "unexpected", SENTENCES["unexpected"]).response()
    log_response(
        "Internal Server Error: %s",
        request.path,
        response=response,
        request=request,
        logger=logging.getLogger("portal.api"),
        exception=error,
    )
    return response
