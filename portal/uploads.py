"""What is uploaded stays in memory, and is gone with the request: nothing that somebody only wanted checked is written to a disk."""

from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import InMemoryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

LARGEST = 6 * 1024 * 1024


class InMemory(FileUploadHandler):
    """Keeps the files of one request, 6 MB of them together. Of what is beyond that only the size is known, and it is too large."""

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self._kept_in_all = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """The next file of the form begins."""
        super().new_file(*args, **kwargs)
        self._chunks: list[bytes] = []
        self._beyond = False

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Keeps a piece, unless there is too much already."""
        self._beyond = self._beyond or self._kept_in_all + len(raw_data) > LARGEST
        if not self._beyond:
            self._kept_in_all += len(raw_data)
            self._chunks.append(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile:
        """The file, or an empty one with a size that no form takes."""
        content = b"" if self._beyond else b"".join(self._chunks)
        size = max(file_size, LARGEST + 1) if self._beyond else file_size
        return InMemoryUploadedFile(
            BytesIO(content), self.field_name, self.file_name or "", self.content_type, size, self.charset
        )
