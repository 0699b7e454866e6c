"""How easily a text reads: Flesch's reading ease, and sentences that are too long."""

import re
import sys
from types import ModuleType

# textstat 0.7.4 (later versions need a download) imports pkg_resources, which setuptools has dropped. Only its list of easy words
# uses it, and reading ease does not need that list.
sys.modules.setdefault("pkg_resources", ModuleType("pkg_resources"))

import textstat  # noqa: E402

EASY_ENOUGH = 60
WORDS_A_SENTENCE = 25


def reading_ease(text: str) -> float:
    """Flesch reading ease of an English text: 60 and more is plain English."""
    return textstat.flesch_reading_ease(" ".join(text.split()))


def long_sentences(text: str) -> list[str]:
    """The sentences of more than 25 words; a paragraph ends a sentence, and so does a colon."""
    sentences = re.split(r"(?<=[.:!?])\s+|\n\n", text)
    return [sentence for sentence in sentences if len(sentence.split()) > WORDS_A_SENTENCE]
