from io import StringIO

from portal.embedded import system_packages
from portal.embedded.console import Console


def test_an_ordinary_user_is_told_how_to_have_the_tests_of_pdfs(monkeypatch):
    monkeypatch.setattr(system_packages, "PDF_TOOLS", {"no-such-program": "poppler-utils"})
    monkeypatch.setattr(system_packages, "can_install", lambda: False)
    out = StringIO()
    system_packages.have_pdf_tools(Console(out))
    assert "apt-get install -y poppler-utils" in out.getvalue()


def test_root_with_apt_has_them_installed(monkeypatch):
    installed: list[str] = []
    monkeypatch.setattr(system_packages, "missing_pdf_tools", lambda: [] if installed else ["qpdf"])
    monkeypatch.setattr(system_packages, "can_install", lambda: True)
    monkeypatch.setattr(system_packages, "install", lambda packages, console: installed.extend(packages))
    out = StringIO()
    system_packages.have_pdf_tools(Console(out))
    assert installed == ["qpdf"]
    assert "left out" not in out.getvalue()
