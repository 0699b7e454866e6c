"""Writes out what would hide in a text, or turn it round, wherever people are to read what somebody else wrote."""

import unicodedata

# Invisible, yet part of how words and emoji are written: joiners, and Arabic signs that enclose a number.
_WRITTEN = frozenset("\u200c\u200d\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u08e2")
_VARIATION_SUPPLEMENT = range(0xE0100, 0xE01F0)


def visible(text: str) -> str:
    """The text with every character written out that would hide, or turn round, what stands there.

    Control characters (but not tab and line feed), bidirectional controls, zero-width and other format characters, tags,
    supplementary variation selectors and lone surrogates become `[U+202E]` (Unicode TR36, section 2.10).
    """
    return "".join(_marked(character) for character in text.replace("\r\n", "\n"))


def _marked(character: str) -> str:
    if character in "\n\t" or character in _WRITTEN:
        return character
    hidden = (
        unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} or ord(character) in _VARIATION_SUPPLEMENT
    )
    return f"[U+{ord(character):04X}]" if hidden else character
