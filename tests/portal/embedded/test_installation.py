import json

import pytest

from portal.embedded import installation


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project without an environment; what would be installed is written down instead."""
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-uv.txt"):
        (tmp_path / name).write_text(name)
    environment = tmp_path / ".venv"
    monkeypatch.setattr(installation, "PROJECT", tmp_path)
    monkeypatch.setattr(installation, "ENVIRONMENT", environment)
    monkeypatch.setattr(installation, "INTERPRETER", environment / "bin" / "python")
    monkeypatch.setattr(installation, "create", lambda: (environment.mkdir(exist_ok=True), done.append("create")))
    monkeypatch.setattr(installation, "works", environment.exists)
    monkeypatch.setattr(installation, "fill", lambda files: done.append(files))
    done: list[object] = []
    return tmp_path, done


RUN, CHECK = ("requirements.txt",), ("requirements.txt", "requirements-dev.txt")


def test_the_first_time_an_environment_is_made_and_filled_and_the_second_time_nothing_is_done(project):
    _, done = project
    installation.install("run")
    installation.install("run")
    assert done == ["create", RUN]


def test_running_installs_nothing_that_only_the_tests_need(project):
    _, done = project
    installation.install("run")
    installation.install("check")
    installation.install("run")
    assert done == ["create", RUN, CHECK]


def test_a_changed_requirement_file_is_installed_anew(project):
    folder, done = project
    installation.install("run")
    (folder / "requirements.txt").write_text("another version")
    installation.install("run")
    assert done == ["create", RUN, RUN]


def test_an_installation_that_was_interrupted_is_done_again(project, monkeypatch):
    _, done = project
    with monkeypatch.context() as broken:
        broken.setattr(installation, "fill", lambda files: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            installation.install("run")
    installation.install("run")
    assert done == ["create", RUN]


def test_an_environment_that_was_moved_is_made_anew(project):
    folder, done = project
    installation.install("run")
    stamp = folder / ".venv" / "candor-run.json"
    stamp.write_text(json.dumps({**json.loads(stamp.read_text()), "place": "/elsewhere/.venv"}))
    installation.install("run")
    assert done == ["create", RUN, "create", RUN]


def test_a_stamp_that_cannot_be_read_counts_as_none(project):
    folder, done = project
    installation.install("run")
    (folder / ".venv" / "candor-run.json").write_text("{")
    installation.install("run")
    assert done == ["create", RUN, RUN]
