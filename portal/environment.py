"""Reads the environment; a wrong value stops the start with a sentence that says what to do."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def text(name: str, default: str | None = None) -> str:
    """The value of NAME, or the contents of the file that NAME_FILE names; without either, the default or a stop."""
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text(encoding="utf-8").strip()
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(
            f"{name} is not set. Set {name}, or {name}_FILE to the path of a file that holds it."
        )
    return value


def flag(name: str, *, default: bool = False) -> bool:
    """True for 1, False for 0 or nothing; any other value stops the start."""
    value = text(name, "1" if default else "0")
    if value not in {"0", "1", ""}:
        raise ImproperlyConfigured(f"{name} is {value!r}. Set it to 1 or 0.")
    return value == "1"


def number(name: str, default: int) -> int:
    """A whole number."""
    value = text(name, str(default))
    if not value.isdigit():
        raise ImproperlyConfigured(f"{name} is {value!r}. Set it to a whole number.")
    return int(value)


def file_for(name: str, *, needed_by: str) -> str:
    """The path of a file that can be read; may be missing unless the other variable is set."""
    path = text(name, "")
    if (path or text(needed_by, "")) and not (path and os.access(path, os.R_OK)):
        raise ImproperlyConfigured(f"{needed_by} needs {name}: set it to the path of a file that can be read.")
    return path


def public_url(default: str) -> str:
    """PUBLIC_URL: where people reach the portal; http only on this machine."""
    url = text("PUBLIC_URL", default).rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ImproperlyConfigured(f"PUBLIC_URL is {url!r}. Set it to an address such as https://candor.example.com.")
    return url


def demonstration(*, host: str, url: str) -> bool:
    """DEMO=1, which writes well-known passwords and backdated history, is refused on any address but loopback."""
    wanted = flag("DEMO")
    if wanted and not {host, urlsplit(url).hostname} <= LOOPBACK:
        raise ImproperlyConfigured(
            "DEMO=1 works on this machine only. Set HOST and PUBLIC_URL to 127.0.0.1, or unset DEMO."
        )
    return wanted
