"""Whether this machine can make PDFs; without Pango WeasyPrint cannot be imported, and without a font it ends the process."""

import ctypes
from contextlib import suppress
from functools import cache

ADVICE = "apt-get install -y libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core (macOS: brew install pango)"
# By the names that WeasyPrint asks for: Linux, then macOS.
LIBRARIES = (
    ("libgobject-2.0.so.0", "libgobject-2.0.0.dylib"),
    ("libpango-1.0.so.0", "libpango-1.0.dylib"),
    ("libpangoft2-1.0.so.0", "libpangoft2-1.0.dylib"),
    ("libharfbuzz.so.0", "libharfbuzz.0.dylib"),
    ("libharfbuzz-subset.so.0", "libharfbuzz-subset.0.dylib"),
    ("libfontconfig.so.1", "libfontconfig.1.dylib"),
)


class _FontSet(ctypes.Structure):
    """Fontconfig's FcFontSet."""

    _fields_ = (("count", ctypes.c_int), ("room", ctypes.c_int), ("fonts", ctypes.c_void_p))


@cache
def printing_available() -> str | None:
    """None when PDFs can be made; else the one line to type so that they can."""
    libraries = [_loaded(names) for names in LIBRARIES]
    fontconfig = libraries[-1]
    if None in libraries or fontconfig is None or not _fonts(fontconfig):
        return ADVICE
    return None


def _loaded(names: tuple[str, ...]) -> ctypes.CDLL | None:
    for name in names:
        with suppress(OSError):
            return ctypes.CDLL(name)
    return None


def _fonts(fontconfig: ctypes.CDLL) -> int:
    fontconfig.FcInitLoadConfigAndFonts.restype = ctypes.c_void_p
    fontconfig.FcConfigGetFonts.argtypes = (ctypes.c_void_p, ctypes.c_int)
    fontconfig.FcConfigGetFonts.restype = ctypes.POINTER(_FontSet)
    found = fontconfig.FcConfigGetFonts(fontconfig.FcInitLoadConfigAndFonts(), 0)
    return int(found.contents.count) if found else 0
