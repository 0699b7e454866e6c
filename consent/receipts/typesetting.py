"""Sets a receipt as PDF. Imported when the first one is printed, not before: without Pango this module cannot be imported."""

import resource
import threading
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

PRINT = Path(__file__).resolve().parent / "print"
SCHEME = "candor-print:"
VARIANT = "pdf/a-3a"
MEMORY = 1 << 30
_TYPES = {".woff2": "font/woff2", ".svg": "image/svg+xml"}
# Fontconfig and Pango share state between documents of a process: one at a time.
_PRESS = threading.Lock()


class TooLarge(Exception):
    """Laying this out takes more memory than a receipt may have."""

    code = "too_large"


class VendoredOnly(URLFetcher):
    """Gives out the files of `print/` and what is passed in, and ends the rendering at any other address: no network, no file."""

    def __init__(self, made: Mapping[str, bytes]) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False)
        self._made = made

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
        """The bytes of a known name. Raises FatalURLFetchingError, which nothing in WeasyPrint swallows."""
        name = url.removeprefix(SCHEME)
        content = self._made.get(name) or _vendored().get(name)
        if not url.startswith(SCHEME) or content is None:
            raise FatalURLFetchingError("A receipt names something that is not part of it.")
        return URLFetcherResponse(url, content, {"Content-Type": _TYPES[Path(name).suffix]})


def typeset(html: str, *, pictures: Mapping[str, bytes], paper: str = "A4") -> bytes:
    """The PDF: laid out and tagged, with the language of the HTML. What else the standards ask for, `finishing` does.

    Raises FatalURLFetchingError when the HTML names anything but the vendored files and the pictures passed in, TooLarge when laying
    it out takes more memory than MEMORY. How long it may take is the worker's to say: its tasks have time limits.
    """
    fetcher = VendoredOnly(pictures)

    def set_() -> bytes:
        fonts, stylesheet = _stylesheet(paper)
        document = HTML(string=html, base_url=SCHEME, url_fetcher=fetcher)
        pdf: bytes = document.write_pdf(stylesheets=[stylesheet], font_config=fonts, pdf_variant=VARIANT, pdf_tags=True)
        return pdf

    with _PRESS:
        return _within_memory(set_)


def _within_memory(work: Callable[[], bytes]) -> bytes:
    """Does it with MEMORY more than the process has now, where the system can say how much that is. Raises TooLarge.

    The limit holds for all threads of the process: a worker has one.
    """
    pages = Path("/proc/self/statm")
    if not pages.exists():
        return work()
    free = soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = int(pages.read_text().split()[0]) * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit if soft == resource.RLIM_INFINITY else min(limit, soft), hard))
    try:
        return work()
    except MemoryError:
        resource.setrlimit(resource.RLIMIT_AS, free)  # first: even an exception needs room
        raise TooLarge("This receipt is too large to be printed.") from None
    finally:
        resource.setrlimit(resource.RLIMIT_AS, free)


@cache
def _vendored() -> dict[str, bytes]:
    """Every font and picture of `print/` by name, read once."""
    files = [path for path in PRINT.rglob("*") if path.suffix in _TYPES]
    return {path.relative_to(PRINT).as_posix(): path.read_bytes() for path in files}


@cache
def _stylesheet(paper: str) -> tuple[FontConfiguration, CSS]:
    """Fonts and stylesheet, read and parsed once for all documents on this paper."""
    fonts = FontConfiguration()
    text = (PRINT / "receipt.css").read_text() + f"@page {{ size: {paper} }}"
    return fonts, CSS(string=text, font_config=fonts, url_fetcher=VendoredOnly({}), base_url=SCHEME)
