"""What the browser journeys do in words: choose, send from a device, look, delete, follow a request, fetch a file."""

import json
import re
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from tests.e2e.conftest import Stack, axe_violations
from tests.sessions import batch, mouse_events

SLUG = "interface-learning"


def choose(page, answer: str, kind: str, *, programme: str = SLUG) -> None:
    """Presses Allow or Don't allow and waits until the page says that it holds."""
    button = page.locator(f"#{answer}-{programme}-{kind}")
    button.click()
    page.wait_for_selector(f"#{answer}-{programme}-{kind}[aria-pressed=true]")


def live_session(count: int) -> list[dict]:
    """A mouse session whose last event was a moment ago; never crosses into the future."""
    events = mouse_events(count, start=datetime.now(UTC))
    length = datetime.fromisoformat(events[-1]["t"]) - datetime.fromisoformat(events[0]["t"])
    return mouse_events(count, start=datetime.now(UTC) - length - timedelta(milliseconds=50))


def send(stack: Stack, token: str, *segments) -> tuple[int, dict]:
    """Posts one batch as the device would; status and answer."""
    request = urllib.request.Request(
        f"{stack.url}/api/v1/captures",
        data=batch(*segments),
        headers={
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Idempotency-Key": uuid4().hex,
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)


def number_on(page, selector: str) -> int:
    """The first whole number in the text of an element, thousands separators left out."""
    return int(re.search(r"\d[\d,.\u202f\xa0]*", page.locator(selector).first.inner_text()).group().replace(",", ""))


def until(page, selector: str, *, seconds: float = 40) -> None:
    """Reloads (as a person without JavaScript would) until the element is there."""
    deadline = time.monotonic() + seconds
    while not page.locator(selector).count():
        assert time.monotonic() < deadline, f"{selector} did not appear within {seconds} s on {page.url}"
        time.sleep(1)
        page.reload()


def fetch(page, path: str, *, seconds: float = 40) -> bytes:
    """The bytes of a file of this person's, asking again while the answer is 202."""
    deadline = time.monotonic() + seconds
    while True:
        answer = page.request.get(path)
        if answer.status == 200:
            return answer.body()
        assert answer.status == 202, (path, answer.status)
        assert time.monotonic() < deadline, f"{path} was not ready within {seconds} s"
        time.sleep(1)


def check_axe(page) -> None:
    """axe finds nothing here."""
    assert axe_violations(page) == [], page.url


def check_no_sideways_scroll(page) -> None:
    """The page is no wider than the window."""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url
