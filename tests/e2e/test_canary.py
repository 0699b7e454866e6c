"""P4, as a search: a string that occurs nowhere else goes into every captured field, and is found in one place, the person's own
opened hour. Not in logs, Redis, messages, mails, error pages, exports, other people's pages, the database, or its files.

1. `lived` does everything there is: choose, send (what is stored, refused, malformed, too large), look, delete by a worker, fetch
   receipts, export, the desks, faults with the content in the error's words, a lost database.
2. Each test then searches one kind of place, and says that there was something to search.
3. The same searches find the string where a test has put it: they can fail.
"""

import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import redis
from django.conf import settings
from django.urls import reverse

from portal.access import RULES
from portal.celery import app as celery
from tests.canary import Canary, Overheard, Place, files, in_database, in_redis, on_disk, packed_forms, server_folder
from tests.e2e import captures
from tests.e2e.conftest import Stack, _free_port, _wait_for, database_of
from tests.e2e.visitor import Answer, Visitor

OTHERS = ("alice", "bob", "carol", "dan", "erin", "frank", "grace", "mallory", None)  # bob is her manager
# One of the many of the demonstration, who chose nothing that another test counts on.
LET_SIGN_IN = """
from consent.people.models import Person
found = Person.objects.filter(manager__username="bob", time_zone="Europe/Berlin", is_active=True).exclude(username="alice").first()
found.set_password("demo")
found.save()
print(found.username)
"""
BERLIN = ZoneInfo("Europe/Berlin")


@dataclass
class Lived:
    """What was done with the canary, and every answer that came of it."""

    stack: Stack
    subject: str
    content: Canary
    names: Canary
    since: float
    begun: datetime = field(default_factory=captures.now)
    to_devices: list[tuple[str, Answer]] = field(default_factory=list)
    opened: list[tuple[str, Answer]] = field(default_factory=list)
    hers: list[tuple[str, Answer]] = field(default_factory=list)
    others: list[tuple[str, Answer]] = field(default_factory=list)
    faults: list[tuple[str, Answer]] = field(default_factory=list)
    receipts: list[tuple[str, Answer]] = field(default_factory=list)
    export: list[tuple[str, Answer]] = field(default_factory=list)
    waiting: list[Place] = field(default_factory=list)
    heard: bytes = b""
    step: str = ""
    request: str = ""
    run: str = ""


def places(answers: list[tuple[str, Answer]]) -> list[Place]:
    return [(f"{name} {answer.url} {answer.status}", answer.whole) for name, answer in answers]


@pytest.fixture(scope="module")
def lived(stack: Stack) -> Iterator[Lived]:
    numbers = (captures.X, captures.Y, captures.PRESSES, captures.COUNTED, captures.WIDE)
    subject = stack.manage("shell", "-v0", "-c", LET_SIGN_IN).split()[-1]
    life = Lived(stack, subject, content=Canary.new(*numbers), names=Canary.new(), since=time.time())
    overheard = Overheard(stack.environment["REDIS_URL"])
    try:
        ann = Visitor(stack.url).sign_in(subject)
        device = Visitor(
            stack.url, token=stack.manage("enrol_collector", "--person", subject, "--name", "canary").split()[-1]
        )
        _send_what_was_not_allowed(life, device)
        _allow_everything(life, ann)
        _send(life, device)
        _look(life, ann)
        with _broken(stack) as url:
            _fail(life, ann.at(url), Visitor(url, token=device.token))
        _delete(life, ann)
        _fetch_receipts(life, ann)
        _print_all(life, ann)
        _export(life)
        _walk(life, ann)
        overheard.stop()
        life.heard = overheard.heard()
        yield life
    finally:
        overheard.stop()


# --- 1: what is done ---


def _send_what_was_not_allowed(life: Lived, device: Visitor) -> None:
    """Withdraws by a no whatever the demonstration had her allow, so that nothing stands."""
    ann = Visitor(life.stack.url).sign_in(life.subject)
    ann.post("/choices/off/")
    life.to_devices.append(("not allowed", device.hand_in(captures.stored(life.content, captures.now()))))
    assert b'"stored": 0' in life.to_devices[-1][1].body
    assert b'"segment": null' in life.to_devices[-1][1].body


def _allow_everything(life: Lived, ann: Visitor) -> None:
    for kind, slug in captures.KINDS.items():
        version = 2 if slug == captures.LEARNING else 1
        form = {"programme": slug, "kind": kind, "answer": "allow", "notice_version": version}
        assert ann.post("/choices/decide/", form).status == 302
    time.sleep(2.5)
    life.begun = captures.now() - timedelta(seconds=2)


def _send(life: Lived, device: Visitor) -> None:
    content, begun = life.content, life.begun
    body = captures.stored(content, begun)
    first = device.hand_in(body, key="canary")
    assert first.body.count(b'"stored": 2') == len(captures.KINDS) - 1, first.body  # of the screenshots one a minute
    life.to_devices += [("stored", first), ("again", device.hand_in(body, key="canary"))]
    life.to_devices.append(("the key of another", device.hand_in(body + b" ", key="canary")))
    for name, refused in captures.refused(content, begun):
        life.to_devices.append((name, device.hand_in(refused)))
    for name, unreadable, headers in captures.unreadable(content, begun):
        life.to_devices.append((name, device.hand_in(unreadable, **headers)))
    life.to_devices.append(("names", device.hand_in(captures.named(life.names, begun))))
    for token in ("", "unknown"):
        life.to_devices.append(("no token", Visitor(life.stack.url, token=token).hand_in(body)))


def _hours(begun: datetime) -> list[str]:
    """Where the page shows what was captured since then: one hour, or two when the clock struck meanwhile."""
    found = []
    for moment in {each.replace(minute=0, second=0, microsecond=0) for each in (begun, captures.now())}:
        local = moment.astimezone(BERLIN)
        midnight = datetime(local.year, local.month, local.day, tzinfo=BERLIN)
        found.append(f"/captured/?day={local:%Y-%m-%d}&hour={int((local - midnight).total_seconds() // 3600)}")
    return found


def _look(life: Lived, ann: Visitor) -> None:
    for hour in _hours(life.begun):
        life.opened.append(("hour", page := ann.get(hour)))
        for picture in re.findall(r'href="(/captured/picture/[^"]+)"', page.body.decode()):
            life.opened.append(("picture", ann.get(picture)))


@contextmanager
def _broken(stack: Stack) -> Iterator[str]:
    """The same portal from a process in which everything that has content in hand fails; its address."""
    port = _free_port()
    stack.start("broken-web", "-m", "gunicorn", "tests.e2e.broken_portal", "-b", f"127.0.0.1:{port}", "-k", "gthread")
    try:
        _wait_for(f"http://127.0.0.1:{port}/healthz")
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(stack.processes["broken-web"].pid, signal.SIGTERM)
        stack.processes["broken-web"].wait(20)


def _fail(life: Lived, ann: Visitor, device: Visitor) -> None:
    """An error, a chain of errors, an outage, and a session that PostgreSQL ends: each with the content in hand."""
    for _fault in range(4):
        for hour in _hours(life.begun):
            life.faults.append(("opening", ann.get(hour)))
        life.faults.append(("intake", device.hand_in(captures.stored(life.content, life.begun))))


def _delete(life: Lived, ann: Visitor) -> None:
    """Half of what was captured, cut through the middle of a segment, so that the worker must open it; first by one that fails."""
    worker = life.stack.processes["worker"].pid
    os.killpg(worker, signal.SIGSTOP)
    try:
        # One message still reaches the worker that sleeps; from the next one on they wait.
        address, queue = life.stack.environment["REDIS_URL"], life.stack.environment["QUEUE"]
        _until(lambda: redis.Redis.from_url(address).llen(queue), seconds=30)
        end = life.begun + timedelta(milliseconds=500)
        form = {"from_day": life.begun.astimezone(BERLIN).date(), "kinds": list(captures.KINDS)}
        life.hers.append(("before a deletion", ann.post("/captured/delete/", {**form, "from_day": "2200-01-01"})))
        local = end.astimezone(BERLIN)
        asked = ann.post(
            "/captured/delete/", {**form, "to_day": local.date(), "to_time": local.strftime("%H:%M:%S.%f")}
        )
        assert asked.status == 302, asked.body
        life.request = re.search(r"/requests/(DEL-[\w-]+)/", asked.headers)[1]
        with database_of(life.stack) as owner:
            owner.execute("SELECT set_config('candor.service', 'sweep', false)")
            life.step = str(
                owner.execute(
                    "SELECT s.id FROM rights_step s JOIN rights_rightsrequest r ON r.id = s.request_id"
                    " WHERE r.number = %s ORDER BY s.position",
                    [life.request],
                ).fetchone()[0]
            )
        life.waiting = list(in_redis(address))
        _fail_in_a_worker(life)
    finally:
        os.killpg(worker, signal.SIGCONT)
    _until(lambda: b"certificate" in ann.get(f"/requests/{life.request}/").body.lower(), seconds=90)
    mails = life.stack.directory / "state" / "mail"
    _until(lambda: any(life.request in path.read_text() for path in mails.glob("*")), seconds=40)


def _fail_in_a_worker(life: Lived) -> None:
    queue = life.stack.environment["QUEUE"] + "-broken"
    before, life.stack.environment["QUEUE"] = life.stack.environment["QUEUE"], queue
    life.stack.start(
        "broken-worker", "-m", "celery", "-A", "tests.e2e.broken_portal", "worker", "-c", "1", "-l", "INFO"
    )
    life.stack.environment["QUEUE"] = before
    try:
        broker = life.stack.environment["REDIS_URL"].replace("unix://", "redis+socket://", 1)
        with celery.connection_for_write(broker) as connection:
            celery.send_task("rights.fulfil", args=[life.step], queue=queue, connection=connection)
        log = life.stack.directory / "broken-worker.log"
        _until(lambda: "DataError" in log.read_text(), seconds=60)
    finally:
        os.killpg(life.stack.processes["broken-worker"].pid, signal.SIGTERM)
        life.stack.processes["broken-worker"].wait(20)


def _until(holds, *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"did not become true within {seconds} s"
        time.sleep(0.5)


def _fetch_receipts(life: Lived, ann: Visitor) -> None:
    listed = set(re.findall(r"/receipts/([0-9a-f-]{36})", ann.get("/receipts/").body.decode()))
    for receipt in sorted(listed):
        for kind in ("json", "proof", "pdf"):
            address = f"/receipts/{receipt}.{kind}"
            deadline = time.monotonic() + 60
            while (answer := ann.get(address)).status == 202 and time.monotonic() < deadline:
                time.sleep(0.5)
            life.receipts.append((kind, answer))


def _print_all(life: Lived, ann: Visitor) -> None:
    """All of her receipts as PDF, in one ZIP."""
    asked = ann.post("/receipts/all/", {})
    life.run = re.search(r"/receipts/all/([0-9a-f-]{36})/", asked.headers)[1]
    life.hers.append(("the job", ann.get(f"/receipts/all/{life.run}/")))
    deadline = time.monotonic() + 60
    while (answer := ann.get(f"/receipts/all/{life.run}.zip")).status == 409 and time.monotonic() < deadline:
        time.sleep(0.5)
    life.receipts.append(("zip", answer))


def _export(life: Lived) -> None:
    """With names, which is more than without."""
    dan, frank = Visitor(life.stack.url).sign_in("dan"), Visitor(life.stack.url).sign_in("frank")
    today = captures.now().date()
    form = {
        "purpose": "To show what was decided",
        "from_day": today - timedelta(days=2),
        "to_day": today + timedelta(days=1),
    }
    asked = dan.post("/legal/", {**form, "named": "on", "act": "request"})
    number = re.search(r"/legal/exports/([^/]+)/", asked.headers)[1]
    life.others.append(("frank", frank.post(f"/legal/exports/{number}/approve/")))
    life.export += [("the ZIP", dan.post(f"/legal/exports/{number}/download/"))]
    life.others += [
        ("dan", dan.post(f"/legal/exports/{number}/download/")),
        ("dan", dan.get(f"/legal/exports/{number}/")),
    ]


def _walk(life: Lived, ann: Visitor) -> None:
    """Every address there is, as everybody. The last one who may open the hour opens it last."""
    receipt = next(answer.url.rsplit("/", 1)[1].split(".")[0] for _, answer in life.receipts)
    addresses = sorted(_addresses(life, receipt))
    carol = Visitor(life.stack.url).sign_in("carol")
    life.others.append(("carol", carol.post(f"/hr/{life.request}/take/")))
    for name in OTHERS:
        visitor = Visitor(life.stack.url)
        if name:
            visitor.sign_in(name)
        life.others += [(str(name), visitor.get(address)) for address in addresses]
    closed = [address for address in addresses if "hour=" not in address and "/picture/" not in address]
    life.hers += [("her", ann.get(address)) for address in closed]
    stale = {"programme": captures.LEARNING, "kind": "mouse", "answer": "allow", "notice_version": 1}
    life.hers.append(("409", ann.post("/choices/decide/", stale)))


def _addresses(life: Lived, receipt: str) -> Iterator[str]:
    """One of each route, with arguments that name what is ann's. A route that is not here and takes arguments fails."""
    given = {
        "web:notice": {"slug": captures.LEARNING, "number": 2},
        "web:captured-picture": None,
        "web:request": {"number": life.request},
        "api:request": {"number": life.request},
        "account_reset_password_from_key": {"uidb36": "0", "key": "0-0"},
        "api:checkpoint-of-size": {"size": 1},
        "api:time-stamp-of-size": {"size": 1},
        "api:nothing": None,
    }
    for name in RULES:
        if name in {"web:receipts-run", "web:receipts-zip"}:
            yield reverse(name, kwargs={"run_id": life.run})
        elif ":receipt-" in name or name == "web:receipt":
            yield reverse(name, kwargs={"receipt_id": receipt})
        elif name.startswith("web:hr-") and name != "web:hr-paper":
            yield reverse(name, kwargs={"number": life.request})
        elif name.startswith("web:legal-"):
            yield reverse(name, kwargs={"number": "EXP-0000-0000"})
        elif given.get(name, {}) is not None:
            yield reverse(name, kwargs=given.get(name))
    yield from (
        "/api/no-such-address",
        "/no-such-page/",
        f"/check/?number={life.request}",
        "/captured/delete/?everything=1",
    )
    yield from (
        "/captured/?kind=window",
        "/captured/?kind=prompt",
        f"/requests/{life.request}/?part=progress",
        "/choices/?part=now",
    )
    yield from (f"/captured/delete/?kinds={kind}" for kind in captures.KINDS)
    yield from _hours(life.begun)
    yield from (answer.url.removeprefix(life.stack.url) for name, answer in life.opened if name == "picture")


# --- 2: where it is, and where it is not ---


def test_the_person_finds_it_in_the_hour_they_open_and_in_the_picture(lived):
    """Every field that holds text, and the picture's bytes: without this, that it is nowhere else would say nothing."""
    hour = " ".join(answer.body.decode() for name, answer in lived.opened if name == "hour")
    for word in ("button", "click", "keys", "assistant", "app", "title", "status"):
        assert f"{lived.content.token} {word}" in hour, word
    assert f"Is\n{lived.content.token} &lt;b&gt;secret" in hour
    assert f"{captures.COUNTED * 2:,}" in hour
    pictures = [answer.body for name, answer in lived.opened if name == "picture"]
    assert pictures == [captures.PNG + lived.content.token.encode()]


def test_none_of_the_persons_other_pages_has_it(lived):
    assert {answer.status for _, answer in lived.hers} >= {200, 302, 401, 403, 404, 405, 409, 422}
    assert lived.content.found_in(places(lived.hers)) == []


def test_no_page_of_anybody_else_has_it_nor_a_name_that_a_device_made_up(lived):
    assert len(lived.others) > len(OTHERS) * 60
    assert sum(answer.status == 200 for _, answer in lived.others) > 150
    for canary in (lived.content, lived.names):
        assert canary.found_in(places(lived.others)) == []


def test_no_page_breaks_on_the_way(lived):
    answers = lived.hers + lived.others + lived.receipts + lived.export + lived.opened + lived.to_devices
    assert [(name, each.url, each.status) for name, each in answers if each.status >= 500] == []


def test_no_answer_to_a_device_repeats_what_it_sent(lived):
    """Stored, refused, malformed, too large, at the wrong place: answers name codes and numbers."""
    statuses = {answer.status for _, answer in lived.to_devices}
    assert statuses >= {200, 400, 401, 413, 415, 422}
    assert lived.content.found_in(places(lived.to_devices)) == []


def test_no_error_page_has_it_though_it_was_in_the_errors_words(lived):
    assert {answer.status for _, answer in lived.faults} == {500, 503}
    assert lived.content.found_in(places(lived.faults)) == []


def test_no_log_has_it(lived):
    """Of every process, those with the faults included: they say that something failed and where, and not with what."""
    logs = list(files_of_logs(lived.stack))
    told = b"".join(data for _, data in logs)
    assert {Path(name).stem for name, _ in logs} >= {
        "web",
        "worker",
        "beat",
        "sequencer",
        "broken-web",
        "broken-worker",
    }
    for said in (
        b'"exception": "DataError"',
        b'"exception": "RuntimeError"',
        b"_fulfil_and_fail",
        f"step {lived.step} failed".encode(),
    ):
        assert said in told, said
    for canary in (lived.content, lived.names):
        assert canary.found_in(logs) == []


def files_of_logs(stack: Stack) -> Iterator[Place]:
    return ((str(path), path.read_bytes()) for path in stack.directory.glob("*.log"))


def test_redis_has_it_neither_now_nor_while_the_worker_slept_nor_in_any_command(lived):
    queue = lived.stack.environment["QUEUE"].encode()
    assert Canary(lived.step).found_in(lived.waiting), "the message to the worker was not seen waiting"
    assert queue in lived.heard
    seen = [*lived.waiting, ("commands", lived.heard), *in_redis(lived.stack.environment["REDIS_URL"])]
    for canary in (lived.content, lived.names):
        assert canary.found_in(seen) == []


def test_no_message_to_a_worker_has_more_than_an_identifier(lived):
    """Every message that went to a queue of this portal: its arguments are empty or one id."""
    bodies = re.findall(
        rb'"(?:LPUSH|RPUSH)" "' + lived.stack.environment["QUEUE"].encode() + rb'[^"]*" "(.*)"\n?', lived.heard
    )
    assert bodies
    arguments = [re.search(rb'argsrepr\\": \\"(.*?)\\", ', body)[1] for body in bodies]
    assert {re.sub(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", b"ID", each) for each in arguments} <= {
        b"()", b"[]", rb"['ID']", rb"('ID',)",
    }  # fmt: skip


def test_no_mail_has_it(lived):
    mails = list(files(lived.stack.directory / "state" / "mail"))
    assert any(lived.request.encode() in data for _, data in mails)
    for canary in (lived.content, lived.names):
        assert canary.found_in(mails) == []


def test_no_receipt_certificate_or_print_has_it(lived):
    assert [answer.status for _, answer in lived.receipts] == [200] * len(lived.receipts)
    assert sum(answer.body.startswith(b"%PDF") for _, answer in lived.receipts) >= 9
    for canary in (lived.content, lived.names):
        assert canary.found_in(places(lived.receipts)) == []


def test_no_export_has_it(lived):
    [(_, export)] = lived.export
    assert export.body.startswith(b"PK")
    surname = lived.subject.partition(".")[2]
    assert Canary(surname).found_in([("export", export.body)]), "her decisions are not in it, or it cannot be read"
    for canary in (lived.content, lived.names):
        assert canary.found_in([("export", export.body)]) == []


def test_no_file_that_the_portal_keeps_has_it(lived):
    """Prints, mails, static files, keys, schedules, logs: the whole state directory."""
    for canary in (lived.content, lived.names):
        assert canary.found_in(files(lived.stack.directory)) == []


def test_the_database_has_it_in_no_column_sealed_ones_included(lived):
    with database_of(lived.stack) as owner:
        tables = dict(in_database(owner))
    assert len(tables["captures_segment"]) > 100_000
    assert lived.request.encode() in tables["rights_rightsrequest"]
    assert lived.content.found_in(tables.items()) == []


def test_a_name_that_a_device_made_up_is_kept_for_the_person_alone(lived):
    """The person sees which field was cut off, and the device is told: that is all a name is kept for."""
    with database_of(lived.stack) as owner:
        found = {line.partition(":")[0] for line in lived.names.found_in(in_database(owner))}
    assert found == {"captures_refusal", "captures_batch"}
    assert {
        url.partition("?")[0] for line in lived.names.found_in(places(lived.hers)) for url in line.split()[1:2]
    } == {f"{lived.stack.url}/captured/"}
    assert {line.split()[0] for line in lived.names.found_in(places(lived.to_devices))} == {"names"}


def test_the_database_files_and_its_log_have_it_nowhere(lived):
    with database_of(lived.stack) as owner:
        folder = server_folder(owner)
        if folder is None:
            pytest.skip(
                "THE DATABASE'S FILES WERE NOT SEARCHED: its server runs elsewhere, or belongs to somebody else"
            )
        found = list(on_disk(owner, folder, since=lived.since))
    assert any("/pg_wal/" in path for path, _ in found)
    assert Canary(lived.request.lower()).found_in(found), "what was just written is not in the files that were searched"
    assert lived.content.found_in(found) == []


# --- 3: the searches can fail ---


@pytest.fixture
def planted() -> Canary:
    return Canary.new(314159265)


@pytest.mark.parametrize("form", packed_forms(b""))
def test_the_search_finds_it_however_it_is_packed(planted, form):
    assert planted.found_in([("here", packed_forms(planted.token.encode())[form])])


@pytest.mark.parametrize("text", [b"x=314159265", b"314,159,265 keys"])
def test_the_search_finds_a_number_as_people_and_programs_write_it(planted, text):
    assert planted.found_in([("here", text)])


def test_the_search_finds_it_in_a_log_line_and_in_a_letter(lived, planted):
    log, letter = lived.stack.directory / "control.log", lived.stack.directory / "state" / "mail" / "control.log"
    try:
        log.write_text(f'{{"event": "{planted.token}"}}\n')
        assert len(planted.found_in(files_of_logs(lived.stack))) == 1
        letter.write_text(f"Dear Ann, {planted.token}")
        assert planted.found_in(files(letter.parent))
    finally:
        log.unlink(missing_ok=True)
        letter.unlink(missing_ok=True)


@pytest.mark.parametrize("write", ["set", "lpush", "hset", "zadd"])
def test_the_search_finds_it_in_redis_and_in_what_redis_was_told(planted, write):
    key = f"control-{planted.token[:6]}-{os.getpid()}"
    overheard = Overheard(settings.REDIS_URL)
    client = redis.Redis.from_url(settings.REDIS_URL)
    values = {
        "set": [planted.token],
        "lpush": [planted.token],
        "hset": ["name", planted.token],
        "zadd": [{planted.token: 1}],
    }
    try:
        getattr(client, write)(key, *values[write])
        assert planted.found_in(in_redis(settings.REDIS_URL))
        _until(lambda: planted.found_in([("commands", overheard.heard())]), seconds=5)
    finally:
        client.delete(key)
        overheard.stop()


def test_the_search_finds_it_in_a_message_to_a_worker(lived, planted):
    """Whose body is base64."""
    queue = f"{lived.stack.environment['QUEUE']}-control"
    client = redis.Redis.from_url(settings.REDIS_URL)
    try:
        celery.send_task("rights.fulfil", args=[f"of {planted.token}"], queue=queue, argsrepr="()")
        assert planted.found_in(in_redis(settings.REDIS_URL))
    finally:
        client.delete(queue)


def test_the_search_finds_it_in_a_row_behind_row_level_security_and_on_the_disk(lived, planted):
    """As JSON under somebody's wall, as bytes that are compressed and not encrypted, and in the write-ahead log."""
    with database_of(lived.stack) as owner:
        owner.autocommit = True
        owner.execute("CREATE TABLE control (person_id uuid, value jsonb, sealed bytea)")
        try:
            owner.execute("ALTER TABLE control ENABLE ROW LEVEL SECURITY")
            owner.execute("INSERT INTO control (value) VALUES (jsonb_build_object('a', %s::text))", [planted.token])
            owner.execute("ALTER TABLE control FORCE ROW LEVEL SECURITY")
            assert owner.execute("SELECT * FROM control").fetchall() == []
            assert planted.found_in(in_database(owner)) == ["control: text"]
            if folder := server_folder(owner):
                assert any("/pg_wal/" in line for line in planted.found_in(on_disk(owner, folder, since=lived.since)))
        finally:
            owner.execute("DROP TABLE control")
