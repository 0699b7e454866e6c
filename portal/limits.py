"""How often an address may try what costs us or helps a guesser, and how many batches of one person are taken in at once.

Rates are counted in PostgreSQL, so that no process and no restart forgets.
"""

import ipaddress
import math
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.http import HttpRequest
from rest_framework.request import Request

# The window's row is inserted or raised in one statement: two processes cannot both read the last free place.
_COUNT = """
INSERT INTO people_ratelimit AS known (cache_key, value, expires) VALUES (%(key)s, '1', %(expires)s)
ON CONFLICT (cache_key) DO UPDATE SET value = (known.value::integer + 1)::text
RETURNING value::integer
"""
_FORGET = "DELETE FROM people_ratelimit WHERE cache_key LIKE 'rate:%%' AND expires < %s"


class TooOften(Exception):
    """Tried more often than the rate allows; nothing was done. After `seconds` it may be tried again."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__()
        self.seconds = max(1, math.ceil(wait.total_seconds()))


@dataclass(frozen=True)
class Rate:
    """At most `times` in a window of `seconds` from one address."""

    name: str
    times: int
    seconds: int


class Turns:
    """At most `most` at once for each person in this process: a withdrawal waits for few transactions."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken: Counter[UUID] = Counter()
        self._lock = threading.Lock()

    @contextmanager
    def taken(self, person: UUID) -> Iterator[None]:
        """Holds a turn for the length of the block. Raises TooOften when there is none; other people's turns are untouched."""
        with self._lock:
            if self._taken[person] >= self._most:
                raise TooOften(timedelta(seconds=1))
            self._taken[person] += 1
        try:
            yield
        finally:
            with self._lock:
                self._taken[person] -= 1
                if not self._taken[person]:
                    del self._taken[person]


INTAKES = Turns(most=4)
# Of the check, by page and by API together.
VERIFICATIONS = Rate("verify", times=60, seconds=60)
UNKNOWN_TOKENS = Rate("unknown-token", times=30, seconds=60)


def check_rate(request: HttpRequest | Request, rate: Rate, *, at: datetime) -> None:
    """Counts this request against the rate; raises TooOften, with the time to wait, beyond it."""
    started = int(at.timestamp()) // rate.seconds * rate.seconds
    ends = datetime.fromtimestamp(started, tz=at.tzinfo) + timedelta(seconds=rate.seconds)
    values: dict[str, str | datetime] = {"key": f"rate:{rate.name}:{started}:{_network(request)}", "expires": ends}
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, values)
        used = cursor.fetchone()[0]
        if used == 1:
            cursor.execute(_FORGET, [at])
    if used > rate.times:
        raise TooOften(ends - at)


def _network(request: HttpRequest | Request) -> str:
    """Who asks: the address that the server saw, never one that a header claims; for IPv6 its /64, which one customer holds whole."""
    claimed = request.META.get("REMOTE_ADDR", "")
    try:
        address = ipaddress.ip_address(claimed)
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Network((address, 64), strict=False))
    return str(address)
