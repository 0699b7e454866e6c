"""Reads a small JSON body strictly: UTF-8, no duplicate name, no NaN, not deep, not long (RFC 8259; RFC 7493, I-JSON)."""

import json
import math
from collections.abc import Mapping
from typing import IO, Any

from rest_framework import exceptions
from rest_framework.parsers import BaseParser

from .problems import refused

BYTES_MAX = 64 * 1024
DEPTH_MAX = 8


class StrictJSON(BaseParser):
    """The parser of every address that takes JSON, except captures and receipts, which the rooms read themselves."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The body as a dictionary. Raises ParseError, or a problem 413."""
        body = stream.read(BYTES_MAX + 1)
        if len(body) > BYTES_MAX:
            raise refused(413, "too_large")
        return strict_object(body)


def strict_object(body: bytes) -> dict[str, Any]:
    """The JSON object that the bytes are. Raises ParseError, which quotes nothing of them."""
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_without_duplicates,
            parse_constant=_refuse_constant,
            parse_float=_finite,
        )
    except (ValueError, RecursionError):
        raise exceptions.ParseError from None
    if not isinstance(value, dict):
        raise exceptions.ParseError
    _check(value, depth=1)
    return value


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate name")
    return found


def _refuse_constant(_name: str) -> Any:
    raise ValueError("not a JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("number out of range")
    return number


def _check(value: Any, *, depth: int) -> None:
    """Neither deep, nor text that UTF-8 or PostgreSQL cannot hold (lone surrogates, NUL)."""
    if depth > DEPTH_MAX:
        raise exceptions.ParseError
    if isinstance(value, str):
        if "\x00" in value or any("\ud800" <= char <= "\udfff" for char in value):
            raise exceptions.ParseError
    elif isinstance(value, dict):
        for name, inner in value.items():
            _check(name, depth=depth)
            _check(inner, depth=depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _check(inner, depth=depth + 1)
