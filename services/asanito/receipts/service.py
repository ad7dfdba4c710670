"""Receipts: each is posted once, and never changed afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.asanito.options import DefaultOptions, SourceOptions, SyncOptions, TargetOptions
from services.asanito.receipts.rules import account_of, income_payload, marker, read_receipt
from services.asanito.source.rules import Kind
from services.asanito.sync.directory import Directory
from services.asanito.sync.rules import Plan, Warned, fail
from services.asanito.sync.writer import Created, Creation, record_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.core import Core
    from common.db import Connection
    from services.asanito.mappings.rules import MappingTable
    from services.asanito.mappings.service import MappingService
    from services.asanito.ports import AsanitoApi
    from services.asanito.settings import AsanitoSettings
    from services.asanito.sync.rules import Entity
    from services.asanito.sync.writer import Writer


class ReceiptService:
    """Receipts as operating incomes."""

    kind = Kind.RECEIPT

    def __init__(self, core: Core[AsanitoSettings], *, asanito: AsanitoApi, mappings: MappingService) -> None:
        self._core = core
        self._asanito = asanito
        self._mappings = mappings

    async def open(self) -> SendingReceipts:
        """What one run needs: mappings and options."""
        get = self._core.options.get
        return SendingReceipts(
            self._core,
            self._asanito,
            mappings=await self._mappings.table(),
            source=await get(SourceOptions),
            sync=await get(SyncOptions),
            target=await get(TargetOptions),
            account=(await get(DefaultOptions)).receipt_account_id,
        )


class SendingReceipts:
    """One run's view of receipts."""

    def __init__(
        self,
        core: Core[AsanitoSettings],
        asanito: AsanitoApi,
        *,
        mappings: MappingTable,
        source: SourceOptions,
        sync: SyncOptions,
        target: TargetOptions,
        account: int | None,
    ) -> None:
        self._directory = Directory(core.db)
        self._asanito = asanito
        self._mappings = mappings
        self._source = source
        self._sync = sync
        self._target = target
        self._account = account

    async def plan(self, entity: Entity) -> Plan:
        if entity.asanito_id is not None and entity.synced_hash is not None:
            raise changed(entity.asanito_id)
        receipt = read_receipt(entity.row, self._sync, rial_factor=self._source.rial_factor)
        person = (await self._directory.person(receipt.person_key)).need("person")
        payload = income_payload(
            receipt,
            entity.key,
            person=person,
            account=account_of(receipt, self._mappings, self._account),
            as_cheque=self._sync.cheques == "check",
        )
        return Plan("create" if entity.asanito_id is None else "none", payload)

    async def carry_out(self, entity: Entity, plan: Plan, writer: Writer) -> Sequence[Warned]:
        async def send() -> int:
            return (await self._asanito.add_income(plan.payload)).id

        async def find() -> list[int] | None:
            return await self._find(entity)

        async def settle(conn: Connection, created: Created) -> None:
            await writer.bind(conn, entity, created)

        content = entity.content_hash.hex()
        created = await writer.create(
            Creation(
                record_key(entity),
                "income.create",
                send=send,
                find=find,
                settle=settle,
                content=content,
                only_look=entity.is_deleted,
            )
        )
        if not created.now and created.content != content and not entity.is_deleted:
            raise changed(created.asanito_id)
        return ()

    async def _find(self, entity: Entity) -> list[int] | None:
        """Incomes with our mark; None when Asanito can't be asked, or does not show what would tell them apart."""
        if not self._target.search_incomes:
            return None
        found = await self._asanito.find_incomes(marker(entity.key)) or []
        marked = [item.id for item in found if marker(entity.key) in item.text]
        return marked if marked or not found else None


def changed(asanito_id: int | None) -> Exception:
    """A payment is never sent twice, and never changed."""
    return fail(
        "changed_after_sync",
        "The receipt changed after it was posted; correct it in Asanito by hand.",
        asanito_id=asanito_id,
    )
