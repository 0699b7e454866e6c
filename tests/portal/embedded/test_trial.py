import subprocess
import sys

from portal.embedded.trial import clear_away, remove


def test_what_killed_tests_left_behind_is_removed_and_nothing_else(tmp_path):
    (tmp_path / "candor-test-dead" / "run").mkdir(parents=True)
    (tmp_path / "candor-test-dead" / "lock").touch()
    (tmp_path / "something-else").mkdir()
    assert [path.name for path in clear_away(tmp_path)] == ["candor-test-dead"]
    assert [path.name for path in tmp_path.iterdir()] == ["something-else"]


def test_tests_that_still_run_keep_what_they_use(tmp_path):
    folder = tmp_path / "candor-test-alive"
    code = (
        "import sys; from pathlib import Path; from portal.embedded.state import State\n"
        f"with State(Path({str(folder)!r})): print('up', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    holder.stdout.readline()
    try:
        assert clear_away(tmp_path) == []
        assert folder.exists()
    finally:
        holder.communicate()


def test_the_cluster_that_a_throw_away_directory_links_to_goes_with_it(tmp_path):
    (tmp_path / "cluster").mkdir()
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "postgresql").symlink_to(tmp_path / "cluster")
    remove(tmp_path / "state")
    assert list(tmp_path.iterdir()) == []
