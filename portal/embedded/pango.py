"""Whether this machine can make PDFs: WeasyPrint needs Pango and at least one font."""

import ctypes
import ctypes.util
from contextlib import suppress

DEBIAN_PACKAGES = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "fonts-dejavu-core")
ADVICE = f"Debian, Ubuntu: apt-get install -y {' '.join(DEBIAN_PACKAGES)}    macOS: brew install pango"
# By the names that WeasyPrint asks for: Linux, then macOS.
LIBRARIES = {
    "GObject": ("libgobject-2.0.so.0", "libgobject-2.0.0.dylib"),
    "Pango": ("libpango-1.0.so.0", "libpango-1.0.dylib"),
    "PangoFT2": ("libpangoft2-1.0.so.0", "libpangoft2-1.0.dylib"),
    "HarfBuzz": ("libharfbuzz.so.0", "libharfbuzz.0.dylib"),
    "HarfBuzz Subset": ("libharfbuzz-subset.so.0", "libharfbuzz-subset.0.dylib"),
    "Fontconfig": ("libfontconfig.so.1", "libfontconfig.1.dylib"),
}


class FontSet(ctypes.Structure):
    """Fontconfig's FcFontSet."""

    _fields_ = (("count", ctypes.c_int), ("room", ctypes.c_int), ("fonts", ctypes.c_void_p))


def missing() -> list[str]:
    """What WeasyPrint would not find, by name; empty when PDFs can be made."""
    lacking = [name for name, files in LIBRARIES.items() if load(files) is None]
    if "Fontconfig" not in lacking and not fonts():
        lacking.append("a font")
    return lacking


def load(files: tuple[str, ...]) -> ctypes.CDLL | None:
    """The first of these libraries that is there."""
    for file in files:
        with suppress(OSError):
            return ctypes.CDLL(file)
    return None


def fonts() -> int:
    """How many fonts Fontconfig knows."""
    library = load(LIBRARIES["Fontconfig"])
    if library is None:
        return 0
    library.FcInitLoadConfigAndFonts.restype = ctypes.c_void_p
    library.FcConfigGetFonts.argtypes = (ctypes.c_void_p, ctypes.c_int)
    library.FcConfigGetFonts.restype = ctypes.POINTER(FontSet)
    found = library.FcConfigGetFonts(library.FcInitLoadConfigAndFonts(), 0)
    return int(found.contents.count) if found else 0
