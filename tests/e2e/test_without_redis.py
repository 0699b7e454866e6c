"""Redis is a doorbell (ADR 0003): while it is dead, choices, pages and the gate work as ever; when it is back, what waited is done."""

import json
import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.request import Request, urlopen

import pytest

from tests.e2e.conftest import Stack
from tests.e2e.journey import SLUG, send
from tests.e2e.visitor import Answer, Visitor

QUICK = 3.0  # seconds; a page that waited for Redis would take 6 or more
WITHIN = 30.0  # seconds after Redis is back: the workers have connected again, and the sweeper has found what is due
COUNT = 20


@dataclass
class Portal:
    """The portal as Erin and her laptop use it; how long each answer took is kept."""

    stack: Stack
    token: str
    visitor: Visitor
    took: dict[str, float] = field(default_factory=dict)

    def get(self, path: str) -> Answer:
        return self._timed(path, lambda: self.visitor.get(path))

    def post(self, path: str, **form: object) -> Answer:
        return self._timed(f"POST {path}", lambda: self.visitor.post(path, form))

    def choose(self, answer: str) -> None:
        form = {"programme": SLUG, "kind": "mouse", "notice_version": 2, "answer": answer}
        assert self.post("/choices/decide/", **form).status == 302
        pressed = re.search(rf'<button[^>]*id="{answer}-{SLUG}-mouse"[^>]*>', self.get("/choices/").body.decode())[0]
        assert 'aria-pressed="true"' in pressed

    def capture(self) -> dict[str, object]:
        """What the gate says to a second of movement that ended just now."""
        now = datetime.now(UTC)
        moments = [now - timedelta(milliseconds=50 * place) for place in range(COUNT, 0, -1)]
        events = [{"t": each.isoformat(), "x": place, "y": place} for place, each in enumerate(moments)]
        status, said = self._timed("captures", lambda: send(self.stack, self.token, (SLUG, "mouse", events)))
        assert status == 200, said
        return said["results"][0]

    def as_device(self, path: str, body: dict[str, object] | None = None) -> bytes:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        asked = Request(f"{self.stack.url}/api/v1/{path}", data=data, headers=headers)
        return self._timed(path, lambda: urlopen(asked, timeout=20).read())

    def _timed(self, what, act):
        begun = time.monotonic()
        try:
            return act()
        finally:
            self.took[what] = max(self.took.get(what, 0), time.monotonic() - begun)


@pytest.fixture
def erin(stack: Stack):
    """Her laptop is enrolled; Redis is dead until the test starts it again."""
    if "redis" not in stack.processes:
        pytest.skip("NO REDIS OF THE TEST'S OWN: install Redis 6.2 or later to see the portal work without it")
    token = stack.manage("enrol_collector", "--person", "erin", "--name", "laptop").split()[-1]
    stack.kill("redis")
    yield Portal(stack, token, Visitor(stack.url))
    if "redis" not in stack.processes:
        stack.start_redis()


def test_choices_pages_and_the_gate_work_while_redis_is_dead_and_the_sweeper_ends_what_waited(erin: Portal):
    assert json.loads(erin.get("/readyz").body)["status"] == "degraded"
    erin._timed("sign in", lambda: erin.visitor.sign_in("erin"))

    # the gate opens with the yes and closes with the no
    erin.choose("deny")
    assert erin.capture()["stored"] == 0
    erin.choose("allow")
    time.sleep(1.5)
    assert erin.capture()["stored"] == COUNT
    erin.choose("deny")
    assert erin.capture()["refused"] == {"withdrawn": COUNT}

    # a deletion is lodged, and nobody hears the bell
    lodged = erin.post("/captured/delete/", everything=1)
    assert lodged.status == 302
    number = re.search(r"/requests/(DEL-[\w-]+)/", lodged.headers)[1]
    for path in ("/captured/", "/receipts/", "/requests/", "/captured/who-looked/"):
        assert erin.get(path).status == 200, path
    told = json.loads(erin.as_device("permissions"))
    orders = [each["id"] for each in told["purge"]]
    assert len(orders) == 1
    applied = datetime.now(UTC).isoformat()
    erin.as_device("permissions/confirmations", {"version": told["version"], "applied_at": applied, "purged": orders})
    assert b"Open the certificate" not in erin.get(f"/requests/{number}/").body
    assert {what: took for what, took in erin.took.items() if took > QUICK} == {}

    # Redis is back, and empty
    erin.stack.start_redis()
    begun = time.monotonic()
    while b"Open the certificate" not in erin.get(f"/requests/{number}/").body:
        assert time.monotonic() < begun + WITHIN, f"{number} was not done within {WITHIN} s after Redis was back"
        time.sleep(0.5)
    print(f"done {time.monotonic() - begun:.1f} s after Redis was back; the slowest answers without it:")
    print(sorted(((round(took, 2), what) for what, took in erin.took.items()), reverse=True)[:5])
    assert json.loads(erin.get("/readyz").body)["status"] == "ok"
