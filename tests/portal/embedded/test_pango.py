from io import StringIO

from portal.embedded import pango, system_packages
from portal.embedded.console import Console


def test_a_library_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setattr(pango, "LIBRARIES", {**pango.LIBRARIES, "Pango": ("libnowhere.so.0",)})
    assert "Pango" in pango.missing()


def test_a_machine_without_a_font_is_told_so(monkeypatch):
    monkeypatch.setattr(pango, "load", lambda files: object())
    monkeypatch.setattr(pango, "fonts", lambda: 0)
    assert pango.missing() == ["a font"]


def test_an_ordinary_user_is_told_the_line_to_type(monkeypatch):
    monkeypatch.setattr(pango, "missing", lambda: ["Pango"])
    monkeypatch.setattr(system_packages, "can_install", lambda: False)
    out = StringIO()
    system_packages.have_pango(Console(out))
    assert "missing: Pango" in out.getvalue()
    assert "apt-get install -y libpango-1.0-0" in out.getvalue()


def test_root_with_apt_has_it_installed(monkeypatch):
    installed: list[str] = []
    monkeypatch.setattr(pango, "missing", lambda: [] if installed else ["Pango"])
    monkeypatch.setattr(system_packages, "can_install", lambda: True)
    monkeypatch.setattr(system_packages, "install", lambda packages, console: installed.extend(packages))
    out = StringIO()
    system_packages.have_pango(Console(out))
    assert installed == list(pango.DEBIAN_PACKAGES)
    assert "cannot be made" not in out.getvalue()
