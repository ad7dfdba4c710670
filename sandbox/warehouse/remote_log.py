"""The log file of the program that reads our CSV. The SSH host serves it, the consumer writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.kit import Clock


class RemoteLog:
    """Lines with a time in front; `upload.log` is renamed to `upload.log.1` at a rotation."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self.path = path
        self._clock = clock
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()

    def line(self, text: str) -> str:
        return f"{self._clock.now().isoformat(timespec='seconds')} {text}\n"

    def write(self, text: str) -> None:
        """As it is: no time, no line end, so that a line can be written in pieces."""
        with self.path.open("a", encoding="utf-8") as log:
            log.write(text)

    def append(self, text: str) -> None:
        self.write(self.line(text))

    def rotate(self) -> None:
        self.path.replace(self.path.with_name(self.path.name + ".1"))
        self.path.touch()

    def clear(self) -> None:
        self.path.with_name(self.path.name + ".1").unlink(missing_ok=True)
        self.path.write_bytes(b"")

    def tail(self, lines: int = 12) -> list[str]:
        return self.path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]
