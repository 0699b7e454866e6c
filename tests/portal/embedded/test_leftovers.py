import subprocess
import time

import pytest

from portal.embedded import leftovers


@pytest.fixture
def process():
    running = subprocess.Popen(["sleep", "60"])
    yield running
    running.kill()
    running.wait()


def test_a_process_that_outlived_its_supervisor_is_ended(tmp_path, process):
    leftovers.remember(tmp_path, name="worker", process=process.pid)
    assert leftovers.sweep(tmp_path) == ["worker"]
    assert process.wait(timeout=5) != 0
    assert list(tmp_path.iterdir()) == []


def test_a_number_that_now_belongs_to_another_process_is_left_alone(tmp_path, process):
    leftovers.remember(tmp_path, name="worker", process=process.pid)
    (tmp_path / "worker.process").write_text(f"{process.pid} another time")
    assert leftovers.sweep(tmp_path) == []
    time.sleep(0.2)
    assert process.poll() is None


@pytest.mark.parametrize("content", ["", "x y", "12", "99999999 5"])
def test_what_says_nothing_of_a_living_process_is_cleared_away(tmp_path, content):
    (tmp_path / "web.process").write_text(content)
    assert leftovers.sweep(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_one_that_has_ended_is_forgotten(tmp_path, process):
    leftovers.remember(tmp_path, name="worker", process=process.pid)
    leftovers.forget(tmp_path, name="worker")
    assert leftovers.sweep(tmp_path) == []
    assert process.poll() is None
