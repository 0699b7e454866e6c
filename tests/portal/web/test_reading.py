"""Pages are easy to read: short sentences, and words that most people know (Flesch 60 or more)."""

import re
from html import unescape
from pathlib import Path

import pytest

from tests.reading import EASY_ENOUGH, long_sentences, reading_ease

TEMPLATES = Path(__file__).resolve().parents[3] / "templates"
FOLDERS = [
    "account",
    "captured",
    "check",
    "choices",
    "notices",
    "promises",
    "receipts",
    "requests",
    "hr",
    "legal",
    "ledger",
]


def said_in(path: Path) -> list[str]:
    """What a template says in English, tag by tag."""
    source = path.read_text()
    said = re.findall(r"{%\s*translate\s+\"([^\"]*)\"", source) + re.findall(r"{%\s*translate\s+'([^']*)'", source)
    for block in re.findall(r"{%\s*blocktranslate[^%]*%}(.*?){%\s*endblocktranslate\s*%}", source, re.DOTALL):
        said += re.split(r"{%\s*plural\s*%}", block)
    plain = (re.sub(r"<[^>]*>", "", re.sub(r"{{[^}]*}}", "10", each)) for each in said)
    return [" ".join(unescape(each).split()) for each in plain]


def sentences_of(texts: list[str]) -> list[str]:
    return [sentence for text in texts for sentence in re.split(r"(?<=[.!?:])\s+", text) if sentence]


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_sentence_is_longer_than_twenty_five_words(folder):
    found = [each for path in sorted((TEMPLATES / folder).rglob("*.html")) for each in sentences_of(said_in(path))]
    assert found
    assert [each for each in found if long_sentences(each)] == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_page_reads_easily(folder):
    whole = [each for path in sorted((TEMPLATES / folder).rglob("*.html")) for each in sentences_of(said_in(path))]
    sentences = [each for each in whole if len(each.split()) > 3 and each[-1] in ".!?"]
    assert reading_ease(" ".join(sentences)) >= EASY_ENOUGH
