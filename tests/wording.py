"""Words that pages may not use near a choice, per language, and how to find them in a page (design rule: no nudging)."""

import re
from html import unescape

BANNED_NEAR_A_CHOICE = {
    "en": (
        "recommended", "improve your experience", "help us", "unfortunately", "miss out", "later", "only takes", "got it", "ok",
    ),
    "de": ("empfohlen", "ihr erlebnis verbessern", "helfen sie uns", "leider", "verpassen", "später", "dauert nur", "alles klar", "ok"),
    "fr": ("recommandé", "améliorer votre expérience", "aidez-nous", "malheureusement", "manquer", "plus tard", "ne prend que", "compris", "ok"),
    "es": ("recomendado", "mejorar su experiencia", "ayúdenos", "lamentablemente", "perderse", "más tarde", "solo toma", "entendido", "ok"),
}  # fmt: skip


def words_of(html: str) -> str:
    """The words a person reads or hears in a piece of HTML or of a template: text, and what labels and titles say."""
    html = re.sub(
        r"{#.*?#}|{%\s*comment.*?endcomment\s*%}|<!--.*?-->|<(script|style)\b.*?</\1>", " ", html, flags=re.DOTALL
    )
    said = re.findall(r"\b(?:aria-label|title|alt|placeholder)=\"([^\"]*)\"", html)
    return unescape(" ".join([re.sub(r"<[^>]*>", " ", html), *said]))


def banned_near_a_choice(html: str, *, language: str = "en") -> list[str]:
    """The banned words that a page, or the part of it that offers a choice, uses."""
    words = words_of(html).casefold().replace("’", "'")
    return [word for word in BANNED_NEAR_A_CHOICE[language] if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", words)]
