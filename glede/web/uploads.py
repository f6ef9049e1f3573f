"""What is sent with a form is refused before it fills the disk, whoever sends it."""

# ruff: noqa: ARG002 - the signatures are Django's

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler


class LimitedUpload(FileUploadHandler):
    """Refuses a body of more than twice the largest file we take, before a byte of it is kept.

    A file between once and twice the limit reaches its form, which says so in its own words.
    """

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,  # noqa: N803 - Django's own name
        content_length: int,
        boundary: Any,
        encoding: Any = None,
    ) -> None:
        if content_length > 2 * settings.GLEDE_POLICY_FILE_MB * 1_000_000:
            raise RequestDataTooBig("The body is larger than any file that is taken.")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None
