"""All of Alice's receipts as PDF in a browser: a real worker prints them, the page says how far it is, a stranger believes each."""

import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.e2e.journey import check_axe, check_no_sideways_scroll, fetch, until

SCRIPT = Path(__file__).resolve().parents[2] / "verify" / "verify_receipt.py"
PICTURES = os.environ.get("PICTURES")
FINISHED = "a:has-text('Download the ZIP')"


@pytest.mark.parametrize(
    ("width", "scheme", "javascript"), [(1200, "light", True), (390, "dark", True), (390, "light", False)]
)
def test_all_of_them_are_printed_while_the_page_is_watched(stack, sign_in, tmp_path, width, scheme, javascript):
    page = sign_in("alice", width=width, scheme=scheme, javascript=javascript)
    page.goto("/receipts/")
    page.get_by_role("button", name="All of them as PDF").click()
    page.wait_for_url("**/receipts/all/*/")
    check_no_sideways_scroll(page)
    if javascript:
        check_axe(page)
        _picture(page, f"print-run-working-{width}-{scheme}")
        page.wait_for_selector(FINISHED, timeout=60_000)  # the fragment swaps itself
        check_axe(page)
    else:
        until(page, FINISHED, seconds=60)
    _picture(page, f"print-run-finished-{width}-{scheme}")
    content = fetch(page, page.locator(FINISHED).get_attribute("href"))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(tmp_path)
        names = archive.namelist()
    assert len(names) >= 10
    assert all(name.endswith(".pdf") for name in names)
    (tmp_path / "keys.json").write_bytes(fetch(page, "/api/v1/keys"))
    command = [sys.executable, "-I", SCRIPT, *names, "--keys", "keys.json"]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout + said.stderr
    assert said.stdout.count("Genuine when issued.") == len(names)


def _picture(page, name: str) -> None:
    if PICTURES:  # to be looked at
        page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)
