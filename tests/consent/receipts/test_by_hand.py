"""docs/receipts.md, “By hand”: its very lines, run by a shell in a folder with a receipt, its proof, its print and the keys.

A step is left out where the machine lacks one of its tools; the system's own files install those for PDFs.
"""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from consent.database import acting_for
from consent.ledger.sequencer import sequence_once
from consent.receipts import pango
from consent.receipts.models import StatementType
from consent.receipts.printing import render
from consent.receipts.reading import proof_of
from consent.seals.rotation import KEYS, rotate

DOCUMENT = (Path(__file__).resolve().parents[3] / "docs" / "receipts.md").read_text()
BY_HAND = DOCUMENT.split("## By hand")[1]
STEPS = re.findall(r"\*\*(\d)\. .*?```sh\n(.*?)```\n\n```text\n(.*?)```", BY_HAND, re.DOTALL)
TOOLS = ("jq", "openssl", "qpdf", "pdfsig", "pdfdetach")
INSTALLED = {"qpdf", "pdfsig", "pdfdetach"}  # by portal/embedded/system_packages.py


@pytest.fixture
def folder(cast, decided, client, at, tmp_path) -> Path:
    """What the chapter says to put into one folder."""
    receipt = decided(purpose="Zoë’s purpose: “learning” \\ and / more\n… 😀")
    sequence_once(at=at)
    with acting_for(cast.alice.pk):
        made = {"receipt.json": bytes(receipt.document), "receipt.tlog-proof": proof_of(receipt).encode()}
        if pango.printing_available() is None:
            made["receipt.pdf"] = render(receipt, at=at)
    made["keys.json"] = client.get("/api/v1/keys").content
    folder = tmp_path / "by hand"
    folder.mkdir()
    for name, content in made.items():
        (folder / name).write_bytes(content)
    return folder


def run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def have(script: str) -> None:
    """Leaves the test out where a tool of the script is missing; fails if it is one that our files install, and this is CI."""
    missing = [tool for tool in TOOLS if re.search(rf"^{tool}\b|[|&] {tool}\b|\$\({tool}\b", script, re.MULTILINE) and not shutil.which(tool)]  # fmt: skip
    if not missing:
        return
    if os.environ.get("CI") and INSTALLED & set(missing):
        pytest.fail(f"{', '.join(missing)} should have been installed.")
    pytest.skip(f"This machine has no {', '.join(missing)}.")


@pytest.mark.parametrize(("number", "script", "said"), STEPS, ids=[step[0] for step in STEPS])
def test_a_genuine_receipt_passes_each_step(folder, number, script, said):
    have(script)
    done = run(script, folder)
    assert done.returncode == 0, done.stdout
    for line in said.strip().splitlines():
        assert line in done.stdout


@pytest.mark.parametrize(("number", "script", "said"), STEPS, ids=[step[0] for step in STEPS])
def test_a_receipt_passes_each_step_after_every_key_was_rotated(folder, client, number, script, said):
    for purpose in KEYS:
        rotate(purpose)
    (folder / "keys.json").write_bytes(client.get("/api/v1/keys").content)
    test_a_genuine_receipt_passes_each_step(folder, number, script, said)


# What a forger changes, and the steps that find it.
FORGED = [
    ("receipt.json", b'"state":"given"', b'"state":"giveN"', {"2", "3", "5"}),
    ("receipt.json", b'"type":"decision"', b'"type": "decision"', {"1", "3", "5"}),
    ("receipt.tlog-proof", b"\nindex 0\n", b"\nindex 1\n", {"3", "5"}),
    ("receipt.pdf", b"%%EOF", b"%%EOF\n", {"5", "6"}),
]


@pytest.mark.parametrize(("file", "before", "after", "finders"), FORGED)
def test_a_change_is_found_by_the_steps_that_look_at_it(folder, file, before, after, finders):
    for tool in TOOLS:
        have(tool)
    whole = (folder / file).read_bytes()
    assert whole.count(before) >= 1
    (folder / file).write_bytes(whole.replace(before, after))
    found = set()
    for number, script, said in STEPS:
        shutil.rmtree(folder / "enclosed", ignore_errors=True)
        done = run(script, folder)
        if done.returncode != 0 or any(line not in done.stdout for line in said.strip().splitlines()):
            found.add(number)
    assert found == finders


def test_the_chapter_has_all_its_steps():
    assert [step[0] for step in STEPS] == ["1", "2", "3", "4", "5", "6"]


@pytest.mark.parametrize("statement", [each for each in StatementType if each != StatementType.DECISION])
def test_the_document_lists_exactly_the_parts_of_each_statement(stated, statement):
    section = DOCUMENT.split(f"\n### {statement}\n")[1].split("\n#")[0]
    listed = re.findall(r"`(\w+)`", next(line for line in section.splitlines() if line.startswith("`profile`")))
    assert sorted(listed) == sorted(json.loads(bytes(stated(statement).document))["body"])
