"""Mappings: read all of them for a run, show what is mapped and what is missing, save a batch at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common import audit
from common.etag import stale
from services.asanito.formats.persian import comparison_key
from services.asanito.mappings.repository import MappingRepository
from services.asanito.mappings.rules import TYPES, MappingType
from services.asanito.mappings.schemas import Mapping, MappingGap, Mappings, MappingTypeInfo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.core import Core
    from common.etag import Seen
    from common.identity import Identity
    from services.asanito.mappings.rules import MappingTable
    from services.asanito.mappings.schemas import MappingChange
    from services.asanito.settings import AsanitoSettings


class MappingService:
    """Reads and saves mappings."""

    def __init__(self, core: Core[AsanitoSettings]) -> None:
        self._db = core.db

    async def table(self) -> MappingTable:
        """The mappings as they are now."""
        async with self._db.connection() as conn:
            return await MappingRepository(conn).table()

    async def types(self) -> list[MappingTypeInfo]:
        """Every type, and how far it is."""
        async with self._db.connection() as conn:
            repository = MappingRepository(conn)
            table, versions, gaps = await repository.table(), await repository.versions(), await repository.gaps()
        return [
            MappingTypeInfo(
                type=kind,
                is_optional=rule.is_optional,
                has_discovery=bool(rule.discovered_in),
                mapped=len(table.ids[kind]),
                waiting=sum(gap.waiting for gap in gaps if gap.map_type == kind),
                version=versions.get(kind, 0),
            )
            for kind, rule in TYPES.items()
        ]

    async def gaps(self) -> list[MappingGap]:
        """What is missing, by how many records wait for it."""
        async with self._db.connection() as conn:
            found = await MappingRepository(conn).gaps()
        return [MappingGap(type=gap.map_type, source_id=gap.source_id, waiting=gap.waiting) for gap in found]

    async def get(self, kind: MappingType, *, discover: bool) -> Mappings:
        """What is mapped of one type, what records wait for, and what else the source holds when `discover`."""
        rule = TYPES[kind]
        async with self._db.connection() as conn:
            repository = MappingRepository(conn)
            saved = await repository.list_saved(kind)
            gaps = {gap.source_id: gap.waiting for gap in await repository.gaps() if gap.map_type == kind}
            rows = await repository.discover(kind) if discover else {}
            version = (await repository.versions()).get(kind, 0)
        by_key = {comparison_key(one.source_id): one for one in saved}
        known = {comparison_key(text): text for text in (*rule.fixed, *rows, *gaps)}
        known |= {key: one.source_id for key, one in by_key.items()}
        items = []
        for key, text in known.items():
            one = by_key.get(key)
            items.append(
                Mapping(
                    source_id=text,
                    source_name=(one.source_name if one else "") or rule.fixed.get(text, ""),
                    asanito_id=one.asanito_id if one else "",
                    default=rule.defaults.get(key),
                    rows=rows.get(text, 0) if discover else None,
                    waiting=gaps.get(text, 0),
                    updated_by=one.updated_by if one else "",
                    updated_at=one.updated_at if one else None,
                )
            )
        items.sort(key=lambda item: (-item.waiting, bool(item.asanito_id), item.source_name or item.source_id))
        return Mappings(type=kind, version=version, items=items)

    async def save(self, kind: MappingType, changes: Sequence[MappingChange], seen: Seen, who: Identity) -> None:
        """Save a batch; records that wait for one of them are sent by the next run.

        Raises:
            PreconditionFailed: somebody changed this type since `seen`.
        """
        async with self._db.transaction() as conn:
            repository = MappingRepository(conn)
            version = (await repository.versions()).get(kind, 0)
            seen.check(version)
            saved = await repository.list_saved(kind)
            before = {one.source_id: one.asanito_id for one in saved}
            spelt = {
                comparison_key(one.source_id): one.source_id for one in saved
            }  # another spelling is the same value
            if await repository.bump_version(kind, version) is None:
                raise stale()
            after = {}
            for change in changes:
                source_id = spelt.get(comparison_key(change.source_id), change.source_id)
                await repository.save(kind, source_id, change.asanito_id, name=change.source_name, by=who.name)
                after[source_id] = change.asanito_id
            was = {source_id: before.get(source_id, "") for source_id in after}
            await audit.record(conn, who, "mappings.saved", f"mappings/{kind}", before=was, after=after)
