import sys
from io import StringIO

from portal.embedded import checks
from portal.embedded.console import Console


def outcome(monkeypatch, tmp_path, **tools: str) -> tuple[int, str]:
    monkeypatch.setattr(checks, "CHECKS", {name: (sys.executable, "-c", code) for name, code in tools.items()})
    out = StringIO()
    return checks.check(project=tmp_path, console=Console(out)), out.getvalue()


def test_every_tool_is_run_and_every_failure_is_named(monkeypatch, tmp_path):
    fails, passes = "print('reason'); raise SystemExit(2)", "print('chatter')"
    status, shown = outcome(monkeypatch, tmp_path, format=fails, lint=passes, types=fails)
    assert status == 1
    assert shown.count("reason") == 2
    assert "chatter" not in shown
    assert shown.splitlines()[-1] == "Failed: format, types."


def test_when_none_complains_the_status_is_zero(monkeypatch, tmp_path):
    assert outcome(monkeypatch, tmp_path, format="")[0] == 0


def test_no_check_is_given_the_stores_that_the_environment_names(monkeypatch, tmp_path):
    monkeypatch.setenv("DATABASE_URL", "postgres://the/real")
    code = "import os; assert 'real' not in os.environ['DATABASE_URL']"
    assert outcome(monkeypatch, tmp_path, migrations=code)[0] == 0
