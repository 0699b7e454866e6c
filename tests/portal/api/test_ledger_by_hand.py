"""docs/ledger.md, word for word: each of its shell blocks is run with the tools that it names, against a portal that answers."""

import re
import shutil
import subprocess
import threading
from pathlib import Path

import pytest
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from django.db import connections

from consent.choices.models import State
from consent.database import acting_for
from consent.ledger.findings import EXACT, WITHIN
from consent.ledger.models import Checkpoint
from consent.ledger.proofs import proof_of
from consent.ledger.rotation import rotate_key
from consent.ledger.sequencer import sequence_once
from consent.ledger.witnesses.time_stamps import stamp_checkpoints

pytestmark = [
    pytest.mark.own_database,
    pytest.mark.skipif(
        not all(shutil.which(tool) for tool in ("bash", "curl", "openssl", "python3", "sha256sum")),
        reason="The tools that docs/ledger.md uses are not all on this machine.",
    ),
]

PAGE = Path(__file__).resolve().parents[3] / "docs" / "ledger.md"
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
GENUINE, LEAF, INCLUSION, GREW, STAMPED = BLOCKS


class Quiet(WSGIRequestHandler):
    def log_message(self, *_args: object) -> None:
        return


class Closing(ThreadedWSGIServer):
    def process_request_thread(self, request: object, client_address: object) -> None:
        super().process_request_thread(request, client_address)
        connections.close_all()


@pytest.fixture
def portal(own_database, settings):
    """An address at which this process answers."""
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    server = Closing(("127.0.0.1", 0), Quiet, ipv6=False)
    server.set_app(get_wsgi_application())
    thread = threading.Thread(target=server.serve_forever, args=[0.05], daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join(10)


@pytest.fixture
def typed(portal, tmp_path):
    """Types blocks of the page one after the other into one folder; gives what they say."""
    folder = tmp_path / "by hand"
    folder.mkdir()

    def run(*blocks: str) -> str:
        environment = {"CANDOR": portal, "PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
        script = "set -euo pipefail\n" + "\n".join(blocks)
        done = subprocess.run(
            ["bash", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, timeout=60
        )
        return done.stdout + done.stderr + f"exit {done.returncode}"

    run.folder = folder
    return run


@pytest.fixture
def receipt(choose, cast, now, typed):
    """Alice's receipt and proof, in the folder; the log grew before and after, and its key was rotated before."""
    rotate_key("ledger", at=now)
    choose(cast.mallory)
    sequence_once(at=now)
    made = choose(cast.alice).receipt
    choose(cast.mallory, state=State.WITHDRAWN)
    sequence_once(at=now)
    with acting_for(cast.alice.pk):
        (typed.folder / "receipt.json").write_bytes(bytes(made.document))
        (typed.folder / "receipt.tlog-proof").write_text(proof_of(made.entry))
    (typed.folder / "old").write_text(Checkpoint.objects.order_by("size")[0].note)
    choose(cast.alice, state=State.WITHDRAWN)
    sequence_once(at=now)


def test_a_checkpoint_is_found_genuine_and_an_altered_one_is_not(typed, receipt):
    assert "Signature Verified Successfully" in typed(GENUINE)
    altered = GENUINE.replace("tail -n 1 checkpoint", "sed -i '2s/$/0/' text; tail -n 1 checkpoint")
    assert "Signature Verified Successfully" not in typed(altered)


def test_a_receipt_is_found_in_the_log_and_an_altered_one_is_not(typed, receipt):
    said = typed(LEAF, INCLUSION)
    assert "It is in the log." in said
    assert said.endswith("exit 0")
    with (typed.folder / "receipt.json").open("ab") as file:
        file.write(b" ")
    assert "it is not in this log" in typed(LEAF, INCLUSION)


def test_the_log_is_found_to_have_only_grown_and_another_log_is_not(typed, receipt):
    assert "The log only grew." in typed(GENUINE, GREW)
    lines = (typed.folder / "old").read_text().split("\n")
    (typed.folder / "old").write_text("\n".join([*lines[:2], "A" * 43 + "=", *lines[3:]]))
    assert "rewritten or forked" in typed(GENUINE, GREW)


def test_a_checkpoint_is_the_same_log_as_itself(typed, receipt):
    assert "The log only grew." in typed(GENUINE, "cp checkpoint old", GREW)


def test_a_time_stamp_is_verified_with_openssl_alone(typed, receipt, authority, now):
    stamp_checkpoints(at=now)
    shutil.copy(authority.certificates, typed.folder / "roots.pem")
    said = typed(GENUINE, STAMPED)
    assert "Verification: OK" in said
    assert "Time stamp:" in said


def test_what_the_page_says_the_audit_says_is_what_it_says():
    sentences = " ".join(str(each) for each in (EXACT | WITHIN).values())
    for quoted in re.findall(
        r"“([^”]*)”", PAGE.read_text(encoding="utf-8").split("| what was done |")[1].split("## ")[0]
    ):
        assert quoted in sentences, quoted
