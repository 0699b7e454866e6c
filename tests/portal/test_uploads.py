"""What is uploaded stays in memory."""

import tempfile

import pytest
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.http import QueryDict
from django.test import RequestFactory

from portal import uploads


@pytest.fixture
def sent(settings, monkeypatch):
    """The files of a form as a view sees them; making a temporary file is an error."""
    monkeypatch.setattr(tempfile, "NamedTemporaryFile", None)
    monkeypatch.setattr(tempfile, "mkstemp", None)

    def files(**contents: bytes):
        body = b"".join(
            b'--x\r\nContent-Disposition: form-data; name="%s"; filename="a"\r\n\r\n%s\r\n' % (name.encode(), content)
            for name, content in contents.items()
        )
        request = RequestFactory().generic("POST", "/", body + b"--x--\r\n", "multipart/form-data; boundary=x")
        assert isinstance(request.POST, QueryDict)
        return request.FILES

    return files


@pytest.mark.parametrize("size", [0, 1, 3_000_000, uploads.LARGEST])
def test_a_file_is_kept_in_memory_byte_for_byte(sent, size):
    content = b"\x00\xff" * (size // 2) + b"x" * (size % 2)
    file = sent(file=content)["file"]
    assert isinstance(file, InMemoryUploadedFile)
    assert (file.read(), file.size) == (content, size)


def test_of_a_file_that_is_too_large_only_that_is_known(sent):
    file = sent(file=b"x" * (uploads.LARGEST + 1))["file"]
    assert file.read() == b""
    assert file.size > uploads.LARGEST


def test_many_files_together_are_not_kept_either(sent):
    half = b"x" * (uploads.LARGEST // 2 + 1)
    files = sent(one=half, two=half, three=b"x")
    assert [files[name].size > uploads.LARGEST for name in ("one", "two", "three")] == [False, True, False]
