"""What the machine itself must have, installed where that is allowed: as root, with apt; else told in one line."""

import os
import shutil
import subprocess
from collections.abc import Sequence

from portal.embedded import pango
from portal.embedded.console import Console

# Other people's eyes on our PDFs, by the program that tells whether the package is there.
PDF_TOOLS = {"qpdf": "qpdf", "pdfsig": "poppler-utils"}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def have_pango(console: Console) -> None:
    """See to it that PDFs can be made; without, the portal starts all the same, and its PDF pages say what is missing."""
    lacking = pango.missing()
    if lacking and can_install():
        console.say(f"Installing what PDFs need ({', '.join(lacking)})")
        install(pango.DEBIAN_PACKAGES, console=console)
        lacking = pango.missing()
    if lacking:
        console.say(f"PDFs cannot be made yet; missing: {', '.join(lacking)}. To have them, type:\n  {pango.ADVICE}")


def have_chromium(console: Console) -> None:
    """See to it that the end-to-end tests have a browser; without, they say themselves that they were left out."""
    if browser() is None and can_install():
        console.say("Installing Chromium for the end-to-end tests")
        install(("chromium",), console=console)
    if browser() is None:
        console.say("There is no Chromium for the end-to-end tests. To have one, type:\n  apt-get install -y chromium")


def have_pdf_tools(console: Console) -> None:
    """See to it that tests can ask qpdf and poppler what they think of a PDF; without, they say themselves that they were left out."""
    if lacking := missing_pdf_tools():
        if can_install():
            console.say(f"Installing what tests look at PDFs with ({', '.join(lacking)})")
            install(lacking, console=console)
            lacking = missing_pdf_tools()
        if lacking:
            console.say(
                f"Some tests of PDFs are left out. To have them, type:\n  apt-get install -y {' '.join(lacking)}"
            )


def missing_pdf_tools() -> list[str]:
    """The packages to install."""
    return [package for program, package in PDF_TOOLS.items() if shutil.which(program) is None]


def browser() -> str | None:
    """The path of a Chromium."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def can_install() -> bool:
    """Whether this is root on a system with apt."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(packages: Sequence[str], *, console: Console) -> None:
    """Install Debian packages; a failure is told, and what needs them says so again in its place."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    options = {
        "env": environment,
        "stdin": subprocess.DEVNULL,
        "capture_output": True,
        "text": True,
        "errors": "replace",
    }
    for command in (("update", "-q"), ("install", "-qq", "-y", "--no-install-recommends", *packages)):
        done = subprocess.run(["apt-get", *command], check=False, **options)  # type: ignore[call-overload]
        if done.returncode:
            last = (done.stderr or done.stdout).strip().splitlines()[-1:]
            console.say(f"apt-get {command[0]} failed: {' '.join(last)}")
