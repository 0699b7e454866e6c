"""What holds for every template and every vendored file, read from the source."""

import re
from pathlib import Path

import pytest

from portal import vendoring as vendor
from tests.wording import banned_near_a_choice

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
PRINTED = sorted((ROOT / "consent").rglob("*.html"))
ICONS = ROOT / "templates" / "icons"
# The two documents that everything else extends, and pieces that are only ever included.
FRAMES = {"base.html", "errors/standalone.html"}
INCLUDED = ("allauth/elements/",)
# Names and marks that are the same in every language.
SAME_IN_EVERY_LANGUAGE = {"Candor", "demo", "PDF", "JSON", "CSV", "ZIP", "sha-256", "SHA-256", "API", "GDPR"}

_COMMENT = re.compile(r"{#.*?#}|{%\s*comment\b.*?endcomment\s*%}|<!--.*?-->", re.DOTALL)
_TRANSLATED = re.compile(r"{%\s*blocktrans(?:late)?\b.*?{%\s*endblocktrans(?:late)?\s*%}", re.DOTALL)
_TAG = re.compile(r"{%.*?%}|{{.*?}}", re.DOTALL)
_SPEAKING = re.compile(r"\s(?:aria-label|title|alt|placeholder)=(?:\"([^\"]*)\"|'([^']*)')")
_WORD = re.compile(r"[^\W\d_]{2,}")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix().removeprefix("templates/")


def every_template(test):
    return pytest.mark.parametrize("path", TEMPLATES, ids=name_of)(test)


def inline_findings(source: str) -> list[str]:
    """Everything in a template that the content security policy would drop, or that would leave the portal."""
    source = _COMMENT.sub("", source)
    # Template tags stand inside attributes; what they hold is judged where it is defined.
    plain = _TAG.sub("§", source)
    findings = re.findall(r"<[^>]*\s(style\s*=)", plain) + re.findall(r"<[^>]*\s(on[a-z]+\s*=)", plain)
    findings += re.findall(r"<style\b", plain)
    findings += [tag for tag in re.findall(r"<script\b[^>]*>", plain) if not re.search(r"\ssrc=", tag)]
    findings += re.findall(r"javascript:|data:\w+/", plain)
    addresses = re.findall(r"(?:https?:)?//[\w.-]+[^\s\"'<]*", re.sub(r"xmlns(?::\w+)?=\"[^\"]*\"", "", plain))
    return findings + addresses


def untranslated_words(source: str) -> list[str]:
    """Words a person would read in English whatever their language."""
    source = _TRANSLATED.sub("", _COMMENT.sub("", source))
    source = re.sub(
        r"<(script|svg)\b.*?</\1>",
        lambda hit: " ".join(re.findall(r"<title>(.*?)</title>", hit[0])),
        source,
        flags=re.DOTALL,
    )
    bare = _TAG.sub("", source)
    spoken = [a or b for a, b in _SPEAKING.findall(bare)]
    text = re.sub(r"&\w+;", " ", re.sub(r"<[^>]*>", "\n", bare))
    return [word for word in _WORD.findall("\n".join([text, *spoken])) if word not in SAME_IN_EVERY_LANGUAGE]


@every_template
def test_nothing_inline_and_nothing_from_outside_stands_in_a_template(path):
    assert inline_findings(path.read_text()) == []


@pytest.mark.parametrize(
    "bad",
    [
        '<p style="width:60%">', "<style>p{}</style>", "<script>go()</script>", '<button onclick="go()">', "<a href='javascript:go()'>",
        '<img src="https://example.com/x.png">', '<script src="//example.com/x.js"></script>', '<img src="data:image/png;base64,AA">',
        '<p class="{{ x }}" style="{{ y }}">',
    ],
)  # fmt: skip
def test_the_lint_finds_what_it_looks_for(bad):
    assert inline_findings(bad)


def test_the_lint_lets_the_svg_namespace_and_own_scripts_pass():
    good = '<svg xmlns="http://www.w3.org/2000/svg"></svg><script src="{% static "x.js" %}" defer></script><p data-on="1">a // b</p>'
    assert inline_findings(good) == []


@every_template
def test_every_word_of_a_template_can_be_translated(path):
    assert untranslated_words(path.read_text()) == []


@pytest.mark.parametrize(
    "bad",
    [
        "<p>Hello there</p>",
        '<a title="Go back">{{ x }}</a>',
        "<p>{% if x %}Yes{% endif %}</p>",
        "<svg><title>Clicks</title></svg>",
    ],
)
def test_the_lint_finds_words_outside_translation(bad):
    assert untranslated_words(bad)


@every_template
def test_a_page_extends_the_frame_and_a_piece_has_a_leading_underscore(path):
    name, source = name_of(path), path.read_text()
    if name in FRAMES or name.startswith(INCLUDED):
        return
    piece = path.name.startswith("_")
    assert piece != bool(re.match(r"{%\s*extends\b", source)), (
        f"{name}: a page begins with extends, a piece with an underscore"
    )


@every_template
def test_every_icon_a_template_names_exists(path):
    named = re.findall(r"{%\s*icon\s+[\"']([\w-]+)[\"']", path.read_text())
    assert [name for name in named if not (ICONS / f"{name}.svg").is_file()] == []


@every_template
def test_every_form_that_posts_carries_a_token(path):
    forms = re.findall(r"<form\b[^>]*method=\"post\".*?</form>", _COMMENT.sub("", path.read_text()), re.DOTALL)
    assert [form[:80] for form in forms if "csrf_token" not in form] == []


@every_template
def test_a_template_that_offers_a_choice_does_not_nudge(path):
    source = path.read_text()
    if 'class="choice"' in source:
        assert banned_near_a_choice(source) == []


@pytest.mark.parametrize(
    "nudge", ["<p>Recommended</p>", '<button title="Got it">', "Decide later", "You’d miss out", "<b>OK</b>"]
)
def test_the_banned_words_are_found(nudge):
    assert banned_near_a_choice(nudge)


def test_a_word_that_only_contains_a_banned_one_is_let_pass():
    assert banned_near_a_choice("A collateral book, and <a href='/later/'>a token</a>") == []


def test_every_vendored_file_is_as_written_down():
    assert vendor.differences() == []


def test_a_vendored_file_that_was_changed_is_named(monkeypatch):
    [first, *_] = vendor.vendored()
    assert "sha256" in (first.check(first.place.read_bytes() + b" ") or "")


def test_every_file_in_a_vendored_folder_is_listed():
    folders = [ROOT / "portal/static/vendor", ROOT / "portal/static/fonts", ROOT / "tests/e2e/vendor", ICONS]
    committed = {path for folder in folders for path in folder.iterdir() if path.is_file()}
    assert committed - {file.place for file in vendor.vendored()} == set()


def test_stylesheets_ask_for_nothing_from_outside():
    sheets = sorted((ROOT / "portal/static").rglob("*.css"))
    assert sheets
    outside = {
        path.name: re.findall(r"https?://\S+|url\(\s*[\"']?(?:data:|//)|@import", path.read_text()) for path in sheets
    }
    assert {name: found for name, found in outside.items() if found} == {}
