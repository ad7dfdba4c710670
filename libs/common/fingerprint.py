"""What a request asked, as a digest that is the same for the same request. Used by `common.idempotency` alone.

Fed with the body as it streams by, so that nothing is held in memory. Two uploads of one file are the same although
each client draws another multipart boundary: parts count, boundaries don't.
"""

from __future__ import annotations

import hashlib
import hmac

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header


class Fingerprint:
    """A digest keyed by the Idempotency-Key: without the key, stored digests give nothing away.

    Args:
        content_type: of the request; decides how the body is read.
        query: the query string, which is part of the question.
    """

    def __init__(self, key: str, content_type: str, query: bytes) -> None:
        self._digest = hmac.new(key.encode(), query + b"\0", hashlib.sha256)
        self._parser = self._multipart(content_type)
        self.complete = False
        self._readable = True

    def feed(self, body: bytes, *, more: bool) -> None:
        """Take the next piece of the body."""
        try:
            if self._parser:
                self._parser.write(body)
            else:
                self._digest.update(body)
            if not more and self._parser:
                self._parser.finalize()
        except FormParserError:
            self._readable = False
            self._parser = None
        self.complete = not more

    def hexdigest(self) -> str | None:
        """The digest; None while the body is not complete, or can't be read as what it says it is."""
        return self._digest.hexdigest() if self.complete and self._readable else None

    def _multipart(self, content_type: str) -> MultipartParser | None:
        kind, options = parse_options_header(content_type)
        if kind != b"multipart/form-data" or b"boundary" not in options:
            return None
        part = hashlib.sha256()

        def begin() -> None:
            nonlocal part
            part = hashlib.sha256()

        def take(data: bytes, start: int, end: int) -> None:
            part.update(data[start:end])

        def end_header() -> None:
            part.update(b"\0")

        def end() -> None:
            self._digest.update(part.digest())

        return MultipartParser(
            options[b"boundary"],
            {
                "on_part_begin": begin,
                "on_header_field": take,
                "on_header_value": take,
                "on_header_end": end_header,
                "on_headers_finished": end_header,
                "on_part_data": take,
                "on_part_end": end,
            },
        )
