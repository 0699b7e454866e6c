"""Programs of the machine that some tests ask for a second opinion."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

POPPLER = "poppler-utils"
PACKAGES = {"qpdf": "qpdf", "pdfsig": POPPLER, "pdfdetach": POPPLER, "pdftoppm": POPPLER, "pdftotext": POPPLER}


def run_tool(name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Runs the program. Where it is missing the test is left out with a sentence, and fails in CI, which installs it."""
    path = shutil.which(name)
    if path is None:
        sentence = f"{name} is not installed: apt-get install -y {PACKAGES[name]}"
        if os.environ.get("CI"):
            pytest.fail(sentence)
        pytest.skip(sentence)
    return subprocess.run([path, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=60)
