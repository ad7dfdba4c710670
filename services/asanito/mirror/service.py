"""The mirror: whoever changes a record's state notes its key; the outbox writes what is true by then.

Notes are coalesced by key and carry nothing: a record that changed five times while the source was down is written
once.
Nothing waits for the mirror, and nothing here is ever read to decide what is sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from common.errors import Permanent
from common.outbox import InBatches
from services.asanito.mirror.repository import MirrorRepository
from services.asanito.mirror.rules import MOST_MESSAGE, STATUSES, TELLS_OLDER, table_of
from services.asanito.ports import StatusWord
from services.asanito.source.rules import KINDS, Kind
from services.asanito.sync.rules import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from common.core import Core
    from common.db import Connection
    from common.jobs import RunContext
    from common.outbox import OutboxRow
    from services.asanito.ports import SourceReader, SourceWriter
    from services.asanito.resources import Resources
    from services.asanito.settings import AsanitoSettings

OUTBOX_KIND = "status_mirror"
BATCH = 200
AT_ONCE = 1000


async def note_change(core: Core[AsanitoSettings], conn: Connection, kind: Kind, keys: Iterable[UUID]) -> None:
    """Have the source told what became of these records, in the caller's transaction; nothing while it is off."""
    if not core.settings.writeback_url.get_secret_value() or not await MirrorRepository(conn).is_on():
        return
    payloads: dict[str, dict[str, Any]] = {f"{kind}:{key}": {} for key in keys}
    await core.outbox.put_latest(conn, kind=OUTBOX_KIND, payloads=payloads)


class MirrorService:
    """Writes what was noted.

    Args:
        writer: None without a login that may write.
    """

    def __init__(self, core: Core[AsanitoSettings], reader: SourceReader, writer: SourceWriter | None) -> None:
        self._core = core
        self._db = core.db
        self._reader = reader
        self._writer = writer

    async def send(self, rows: Sequence[OutboxRow]) -> None:
        """Write the present words of these records.

        Raises:
            Transient: the source is away.
            Permanent: the login may not write, or a column is missing.
        """
        if self._writer is None:
            raise Permanent("ASANITO_WRITEBACK_URL is not set.", target="source", code="no_writeback_login")
        kinds, keys = zip(*(row.key.split(":", 1) for row in rows), strict=True)
        async with self._db.connection() as conn:
            found = await MirrorRepository(conn).words(kinds, [UUID(key) for key in keys])
        for kind in dict.fromkeys(row["kind"] for row in found):
            table = table_of(kind)
            mine = [row for row in found if row["kind"] == kind]
            words = [
                StatusWord(row["idd"], STATUSES[State(row["state"])], row["message"][:MOST_MESSAGE], row["asanito_id"])
                for row in mine
            ]
            await self._writer.write_words(table.name, words)
            older = [row["idd"] for row in mine if State(row["state"]) in TELLS_OLDER]
            if older:
                await self._writer.supersede(table.name, older)
            async with self._db.transaction() as conn:
                await MirrorRepository(conn).keep_written(table, [row["key"] for row in mine], words)

    async def note_differing(self, run: RunContext[Any]) -> int:
        """Note every record of which the source says something else; how many there are."""
        noted = 0
        for kind, table in KINDS.items():
            after = UUID(int=0)
            while True:
                async with self._db.transaction() as conn:
                    await run.guard(conn)
                    repository = MirrorRepository(conn)
                    on = await repository.is_on() and self._writer is not None
                    keys = await repository.list_differing(kind, table.name, after, AT_ONCE) if on else []
                    if not keys:
                        break
                    await note_change(self._core, conn, kind, keys)
                noted += len(keys)
                after = keys[-1]
        return noted

    async def add_missing_columns(self, run: RunContext[Any]) -> None:
        """Add the status columns that tables lack; only with the mirror on, and by its own login.

        Raises:
            Permanent: it may not; the sentence holds the statement.
        """
        async with self._db.connection() as conn:
            on = await MirrorRepository(conn).is_on()
        if not on or self._writer is None:
            return
        for statement in self._writer.statements_to_add(await self._reader.columns()):
            await self._writer.run(statement)
            await run.log("mirror.column_added", "A status column was added to the source.", statement=statement)


async def send_words(resources: Resources, rows: Sequence[OutboxRow]) -> None:
    """The outbox's handler."""
    await resources.mirror.send(rows)


OUTBOX = {OUTBOX_KIND: InBatches(send_words, size=BATCH)}
