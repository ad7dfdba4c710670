"""The outside systems of the invoices service, as the service sees them.

The inbox and the delivery folder are a `common.transfer.FileStore` each. What is left is here: the customer's views,
which live in another database that may be slow or away. Every method may raise `common.errors.Transient` (nothing was
decided, try again) or `Permanent` (a person must look: a missing view, a wrong password).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import date
    from decimal import Decimal

    from services.invoices.formats.upload_log import Patterns, Position, Verdict


class AvailableInvoice(NamedTuple):
    """One row of the customer's view. A number may have several rows."""

    number: int
    destination_branch: str | None
    date: date
    weight: Decimal | None


class WarehouseView(Protocol):
    """The customer's view of the invoices that may be shipped; read-only, on another server."""

    def find(self, numbers: Sequence[int]) -> AsyncIterator[list[AvailableInvoice]]:
        """All rows of these invoice numbers, in lists; the rows of one number come in one list.

        Asks in chunks, so that neither side holds a million numbers at once. Numbers without a row are left out.
        """
        ...


class Processing(Protocol):
    """The customer's table of shipments that have gone; read-only, on the same server as the view."""

    async def count(self, numbers: Sequence[int], day: date) -> int:
        """How many of these invoices have a row of that day; one with several rows counts once."""
        ...


class LogReading(NamedTuple):
    """How far the log was read, and what it says when it says something."""

    position: Position
    verdict: Verdict | None


class RemoteLog(Protocol):
    """The log in which the receiver says what it read; on another machine."""

    async def end(self) -> Position:
        """Where the log ends now; its beginning when there is no log yet."""
        ...

    async def read(self, position: Position, *, file: str, patterns: Patterns) -> LogReading:
        """Read on from `position`, over a rotation as well, until a line about `file` or the end of the log."""
        ...
