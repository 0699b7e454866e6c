"""The public check in a browser, in every state that it has, and the stranger's verifier against the running portal."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from consent.receipts.seal_check import PDF_BYTES_MAX
from tests.e2e.journey import check_axe, check_no_sideways_scroll, fetch

SCRIPT = Path(__file__).resolve().parents[2] / "verify" / "verify_receipt.py"
PICTURES = os.environ.get("PICTURES")
LOOKS = [(1200, "light"), (390, "light"), (1200, "dark"), (390, "dark")]


@pytest.fixture(scope="module")
def kept(stack) -> dict[str, bytes]:
    """What Alice downloaded, filled by the first test that asks."""
    return {}


@pytest.fixture
def files(sign_in, kept) -> dict[str, bytes]:
    """One receipt of Alice's: as PDF, as JSON, and its proof."""
    if not kept:
        alice = sign_in("alice", javascript=False)
        alice.goto("/receipts/")
        link = alice.locator("main a[href$='.pdf'], main th a, main td a").first.get_attribute("href")
        receipt = link.strip("/").split("/")[1].split(".")[0]
        kept.update({kind: fetch(alice, f"/receipts/{receipt}.{kind}") for kind in ("pdf", "json", "proof")})
    return kept


def states_of(files: dict[str, bytes]) -> dict[str, tuple[dict, str]]:
    """What is given, and the heading of the answer."""
    pdf, document = files["pdf"], files["json"]
    number = json.loads(document)["number"]
    middle = pdf.index(b"stream") + 400
    return {
        "printed": ({"file": ("a.pdf", pdf)}, "Genuine and unchanged"),
        "record": ({"file": ("a.json", document), "proof": ("a.tlog-proof", files["proof"])}, "Genuine and unchanged"),
        "changed": ({"file": ("a.pdf", pdf[:middle] + b"x" + pdf[middle + 1 :])}, "This file was changed"),
        "changed-record": (
            {"file": ("a.json", document.replace(b'"reference":"E-', b'"reference":"F-'))},
            "This file was changed, or is not ours",
        ),
        "nothing-like-it": ({"file": ("a.png", b"\x89PNG\r\n")}, "This is no receipt of Candor"),
        "number": ({"number": number}, "This number is genuine"),
        "no-number": ({"number": "RCP-0000-0000"}, "No receipt has this number"),
        "empty": ({}, "This was not done"),
        "too-large": ({"file": ("a.pdf", pdf + bytes(PDF_BYTES_MAX))}, "This was not done"),
    }


def hand_in(page, given: dict) -> None:
    """Fills the form in and sends it."""
    page.goto("/check/")
    for field, value in given.items():
        if field == "number":
            page.fill("input[name=number]", value)
            continue
        name, content = value
        page.set_input_files(
            f"input[name={field}]", {"name": name, "mimeType": "application/octet-stream", "buffer": content}
        )
    page.locator("main button[type=submit]").click()


def test_the_check_needs_no_javascript(sign_in, files):
    page = sign_in(None, width=390, javascript=False)
    for given, heading in states_of(files).values():
        hand_in(page, given)
        page.wait_for_selector(f"main :is(h2, strong):has-text('{heading}')")


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_every_state_of_the_check_is_accessible(sign_in, files, width, scheme):
    page = sign_in(None, width=width, scheme=scheme)
    for name, (given, heading) in states_of(files).items():
        hand_in(page, given)
        page.wait_for_selector(f"main :is(h2, strong):has-text('{heading}')")
        assert "Alice" not in page.locator("main").inner_text()
        check_axe(page)
        check_no_sideways_scroll(page)
        if PICTURES:  # to be looked at
            page.screenshot(path=f"{PICTURES}/{name}-{width}-{scheme}.png", full_page=True)


def test_a_stranger_with_the_saved_keys_comes_to_the_same_verdict(sign_in, files, tmp_path):
    keys = sign_in(None).request.get("/api/v1/keys").body()
    for name, content in {
        "keys.json": keys,
        "a.pdf": files["pdf"],
        "b.json": files["json"],
        "b.tlog-proof": files["proof"],
    }.items():
        (tmp_path / name).write_bytes(content)
    origin = json.loads(files["json"])["issuer"]["log"]
    command = [sys.executable, "-I", SCRIPT, "a.pdf", "b.json", "--keys", "keys.json", "--origin", origin]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("Genuine when issued.") == 2
    (tmp_path / "b.json").write_bytes(files["json"].replace(b'"reference":"E-', b'"reference":"F-'))
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "NO  signature" in done.stdout
