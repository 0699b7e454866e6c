"""The API's documentation as a page, drawn from its OpenAPI description (GET /api/docs/)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from .described import MEANINGS
from .description import schema
from .problems import codes

SECTIONS = {
    "collectors": _("For collectors"),
    "decisions": _("Choices"),
    "receipts": _("Receipts"),
    "requests": _("Requests"),
    "ledger": _("The log and its keys"),
}
CALLERS = {"session": _("a signed-in person"), "collector": _("a collector, with its token")}
ANYONE = _("anyone")


@dataclass(frozen=True)
class Field:
    """One parameter or one field of a body, by its path."""

    name: str
    type: str
    required: bool
    words: str


@dataclass(frozen=True)
class Answer:
    """One status that is no error, what it means, and the fields of its body."""

    status: str
    words: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Failure:
    """One status that is an error, what it means, and the codes that come with it."""

    status: int
    words: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Operation:
    """One method of one address."""

    anchor: str
    method: str
    path: str
    summary: str
    words: str
    caller: str | Promise
    parameters: tuple[Field, ...]
    body: tuple[Field, ...]
    answers: tuple[Answer, ...]
    errors: tuple[str, ...]


@dataclass(frozen=True)
class Section:
    """Operations on one subject."""

    anchor: str
    title: str | Promise
    operations: tuple[Operation, ...]


@require_safe
def documentation(request: HttpRequest) -> HttpResponse:
    """The page; everything on it comes from the description."""
    context = {"sections": sections(), "problem": _problem_fields(), "failures": failures()}
    return render(request, "api/docs.html", context)


@lru_cache(maxsize=1)
def sections() -> tuple[Section, ...]:
    """Every documented operation, by subject."""
    found = list(_operations())
    return tuple(
        Section(anchor=f"about-{tag}", title=title, operations=tuple(each for key, each in found if key == tag))
        for tag, title in SECTIONS.items()
    )


def failures() -> list[Failure]:
    """Every status that is an error, with its codes."""
    return [Failure(status, MEANINGS[status], tuple(found)) for status, found in codes().items()]


def _operations() -> Iterator[tuple[str, Operation]]:
    for path, methods in schema()["paths"].items():
        for method, told in methods.items():
            yield told["tags"][0], _operation(path, method, told)


def _operation(path: str, method: str, told: dict[str, Any]) -> Operation:
    contents = told.get("requestBody", {}).get("content", {})
    body = _first(contents)
    callers = [CALLERS[name] for each in told.get("security", []) for name in each]
    return Operation(
        anchor=told["operationId"],
        method=method.upper(),
        path=path,
        summary=told.get("summary", ""),
        words=_plain(told.get("description", "")),
        caller=callers[0] if callers else ANYONE,
        parameters=tuple(_parameter(each) for each in told.get("parameters", [])),
        body=tuple(_fields(body)),
        answers=tuple(_answer(status, answer) for status, answer in told["responses"].items() if status < "400"),
        errors=tuple(status for status in told["responses"] if status >= "400"),
    )


def _parameter(told: dict[str, Any]) -> Field:
    where = {"header": "A header.", "path": "In the address.", "query": "After the “?”."}[told["in"]]
    words = _plain(f"{where} {told.get('description', '')}".strip())
    return Field(told["name"], _type(told["schema"]), told.get("required", False), words)


def _answer(status: str, told: dict[str, Any]) -> Answer:
    words = told.get("description") or HTTPStatus(int(status)).phrase
    return Answer(status, words, tuple(_fields(_first(told.get("content", {})))))


def _first(contents: dict[str, Any]) -> dict[str, Any]:
    """The schema of the first media type."""
    for each in contents.values():
        return dict(each.get("schema", {}))
    return {}


def _problem_fields() -> tuple[Field, ...]:
    return tuple(_fields({"$ref": "#/components/schemas/ProblemDocument"}))


def _fields(told: dict[str, Any], prefix: str = "") -> Iterator[Field]:
    """The fields of an object, and under each those of the objects in it."""
    shape = _resolved(told)
    for name, inner in shape.get("properties", {}).items():
        here, kind = f"{prefix}{name}", _resolved(inner)
        words = inner.get("description", kind.get("description", ""))
        yield Field(here, _type(inner), name in shape.get("required", []), _plain(words))
        if kind.get("type") == "array":
            yield from _fields(kind["items"], f"{here}[].")
        else:
            yield from _fields(kind, f"{here}.")


def _resolved(told: dict[str, Any]) -> dict[str, Any]:
    for key in ("allOf", "oneOf"):
        if key in told:
            told = next(each for each in told[key] if each.get("type") != "null")
    if "$ref" in told:
        return schema()["components"]["schemas"][told["$ref"].rpartition("/")[2]]
    return told


def _plain(words: str) -> str:
    """The description's Markdown for code as quotation marks."""
    return re.sub(r"`([^`]*)`", r"“\1”", words)


def _type(told: dict[str, Any]) -> str:
    kind = _resolved(told)
    if "enum" in kind:
        return ", ".join(str(each) for each in kind["enum"])
    given = kind.get("type", "any")
    words = given if isinstance(given, str) else " or ".join(given)
    if kind.get("format"):
        words = f"{words} ({kind['format']})"
    if given == "array":
        return f"list of {_type(kind['items'])}"
    return words
