import socket
import tempfile
from pathlib import Path

import pytest

from portal.embedded.refusal import CannotStart
from portal.embedded.sockets import LONGEST_NAME, LONGEST_PATH, socket_folder


@pytest.fixture
def temporary(monkeypatch):
    with tempfile.TemporaryDirectory(prefix="t-", dir="/tmp") as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield Path(folder)


def folder_of(length: int, temporary: Path) -> Path:
    """A path of exactly so many bytes."""
    return temporary / ("d" * (length - len(str(temporary)) - 1))


def test_the_longest_folder_that_is_used_as_it_is_takes_a_socket(temporary):
    folder = folder_of(LONGEST_PATH - LONGEST_NAME, temporary)
    folder.mkdir()
    assert socket_folder(folder) == folder
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / ".s.PGSQL.5432"))


def test_one_byte_more_leads_to_a_private_folder_in_the_temporary_directory(temporary):
    found = socket_folder(folder_of(LONGEST_PATH - LONGEST_NAME + 1, temporary))
    assert found.parent == temporary
    assert found.stat().st_mode & 0o777 == 0o700


def test_length_is_counted_in_bytes_and_not_in_letters(temporary):
    letters = (LONGEST_PATH - LONGEST_NAME) // 2 + 1
    assert socket_folder(Path("/" + "é" * letters)).parent == temporary


def test_the_same_state_directory_finds_its_sockets_again_and_another_one_does_not(temporary):
    first, second = Path("/" + "a" * 100), Path("/" + "b" * 100)
    assert socket_folder(first) == socket_folder(first)
    assert socket_folder(first) != socket_folder(second)


def test_a_folder_that_lets_others_in_is_refused(temporary):
    deep = Path("/" + "a" * 100)
    socket_folder(deep).chmod(0o755)
    with pytest.raises(CannotStart, match="not a private folder"):
        socket_folder(deep)


def test_a_link_put_there_by_somebody_else_is_refused(temporary):
    deep = Path("/" + "a" * 100)
    found = socket_folder(deep)
    found.rmdir()
    (temporary / "elsewhere").mkdir(mode=0o700)
    found.symlink_to(temporary / "elsewhere")
    with pytest.raises(CannotStart, match="not a private folder"):
        socket_folder(deep)
