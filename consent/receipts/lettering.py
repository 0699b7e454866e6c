"""Which glyphs a form has, so that a line can be set in it without laying it out again.

A form carries a specimen of the characters that a blank may need. What WeasyPrint chose for each – font and glyph – is read off the
page, and the specimen is taken away; its glyphs stay in the fonts of the file. Lines that are filled in are set without kerning and
ligatures (class `plain`), so that a character is always the same glyph.
"""

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import pikepdf
from fontTools.ttLib import TTFont
from pikepdf import Operator

FONTS = Path(__file__).resolve().parent / "print" / "fonts"
TEXT_FONTS = (
    "atkinson-hyperlegible-next-latin-wght-normal.woff2",
    "atkinson-hyperlegible-next-latin-ext-wght-normal.woff2",
)
EXACT_FONTS = ("atkinson-hyperlegible-mono-latin-wght-normal.woff2",)
MISSING = 0


@dataclass(frozen=True)
class Glyph:
    """One glyph of a font of the file, and its advance in thousandths of the size."""

    font: str
    number: int
    advance: float


@dataclass(frozen=True)
class Alphabet:
    """What one face of a form can set."""

    glyphs: Mapping[str, Glyph]

    @cached_property
    def characters(self) -> dict[tuple[str, int], str]:
        """Which character a glyph of a font is."""
        return {(glyph.font, glyph.number): character for character, glyph in self.glyphs.items()}

    def can_set(self, text: str) -> bool:
        """Whether every character of the line is in it."""
        return all(character in self.glyphs for character in text)

    def width(self, text: str, *, size: float) -> float:
        """How long the line is, in the unit of the size."""
        return sum(self.glyphs[character].advance for character in text) * size / 1000

    def operators(self, text: str, *, size: float) -> bytes:
        """What draws the line from the current place (ISO 32000-1, 9.4.3), with the size as the page spells it."""
        pieces, font, run = [], "", ""
        for character in text:
            glyph = self.glyphs[character]
            if glyph.font != font:
                pieces.append(_run(font, size, run))
                font, run = glyph.font, ""
            run += f"{glyph.number:04x}"
        pieces.append(_run(font, size, run))
        return "\n".join(piece for piece in pieces if piece).encode()


def _run(font: str, size: float, glyphs: str) -> str:
    return f"{font} {size} Tf\n<{glyphs}> Tj" if glyphs else ""


@cache
def specimen_of_text() -> str:
    """The characters of names, places and times in Latin script that the vendored typeface has."""
    return _specimen(
        TEXT_FONTS, [*range(0x20, 0x7F), *range(0xA0, 0x180), 0x2013, 0x2014, 0x2018, 0x2019, 0x201C, 0x201D, 0x2026]
    )


@cache
def specimen_of_exact() -> str:
    """The characters of numbers and digests."""
    return _specimen(EXACT_FONTS, list(range(0x20, 0x7F)))


def _specimen(names: tuple[str, ...], wanted: list[int]) -> str:
    known = set().union(*(TTFont(FONTS / name).getBestCmap() for name in names))
    return "".join(chr(code) for code in wanted if code in known and code != 0xAD)  # a soft hyphen is drawn as nothing


def glyphs_shown(
    instructions: Sequence[pikepdf.ContentStreamInstruction | pikepdf.ContentStreamInlineImage],
) -> Iterator[tuple[str, int]]:
    """The font and the number of each glyph that the instructions draw, in order."""
    font = ""
    for instruction in instructions:
        if instruction.operator == Operator("Tf"):
            font = str(instruction.operands[0])
        elif instruction.operator == Operator("TJ"):
            for piece in instruction.operands[0]:
                if isinstance(piece, pikepdf.String):
                    raw = bytes(piece)
                    yield from ((font, int.from_bytes(raw[at : at + 2], "big")) for at in range(0, len(raw), 2))


def learned(specimen: str, shown: list[tuple[str, int]], fonts: pikepdf.Object) -> Alphabet:
    """The alphabet of a specimen of which these glyphs were drawn, one for each character."""
    if len(shown) != len(specimen):
        return Alphabet({})
    advances = {name: _advances(fonts[name]) for name in {font for font, _number in shown}}
    pairs = zip(specimen, shown, strict=True)
    return Alphabet(
        {
            character: Glyph(font, number, advances[font][number])
            for character, (font, number) in pairs
            if number != MISSING and number in advances[font]
        }
    )


def characters_without_glyph(typeset: bytes) -> set[str]:
    """What the page shows as an empty box, because no font at hand has it: PDF/A knows no such thing (ISO 19005-3, 6.2.11.8).

    WeasyPrint gives a font with such characters a table of its own in place of Identity-H, where they stand for glyph 0.
    """
    with pikepdf.open(io.BytesIO(typeset)) as pdf:
        tables = [
            (font.Encoding.read_bytes(), font.ToUnicode.read_bytes())
            for font in pdf.pages[0].obj.Resources.Font.values()
            if isinstance(font.Encoding, pikepdf.Stream)
        ]
    found: set[str] = set()
    for encoding, to_unicode in tables:
        texts = dict(re.findall(rb"<([0-9a-f]{4})> <([0-9a-f]+)>", to_unicode))
        for code in re.findall(rb"<([0-9a-f]{4})> 0$", encoding, re.MULTILINE):
            found.update(bytes.fromhex(texts[code].decode()).decode("utf-16-be"))
    return found


def _advances(font: pikepdf.Object) -> dict[int, float]:
    """The widths of a composite font, by glyph (ISO 32000-1, 9.7.4.3)."""
    entries = iter(font.DescendantFonts[0].W)
    found: dict[int, float] = {}
    for first in entries:
        for offset, advance in enumerate(next(entries)):
            found[int(first) + offset] = float(advance)
    return found
