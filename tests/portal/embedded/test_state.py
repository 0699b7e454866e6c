import os

import pytest

from portal.embedded.refusal import CannotStart
from portal.embedded.state import State


def test_the_directory_is_made_for_its_owner_alone(tmp_path):
    with State(tmp_path / "deeper" / "state") as state:
        assert state.folder.stat().st_mode & 0o777 == 0o700
        assert state.run.stat().st_mode & 0o777 == 0o700


def test_a_directory_of_somebody_else_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    with pytest.raises(CannotStart, match="not to you") as refusal, State(tmp_path):
        pass
    assert refusal.value.code == "state_of_another"
    assert list(tmp_path.iterdir()) == []


def test_a_second_owner_is_refused_and_told_who_the_first_is(tmp_path):
    with State(tmp_path), pytest.raises(CannotStart, match=f"process {os.getpid()}") as refusal, State(tmp_path):
        pass
    assert refusal.value.code == "state_in_use"


def test_the_next_owner_may_come_when_the_first_has_gone(tmp_path):
    for _ in range(2):
        with State(tmp_path):
            pass


def test_a_directory_that_cannot_be_made_is_refused_with_a_sentence(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(CannotStart, match="Set STATE_DIR"), State(tmp_path / "file" / "state"):
        pass


def test_the_secret_key_is_made_once_and_readable_by_its_owner_alone(tmp_path):
    with State(tmp_path) as state:
        path = state.secret_key_file()
        first = path.read_text()
        assert path.stat().st_mode & 0o777 == 0o600
        assert len(first) >= 50
        assert state.secret_key_file().read_text() == first
