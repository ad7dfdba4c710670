"""A reset and the removal of a person's data; each is one transaction with its audit entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common import audit
from common.errors import Conflict, FieldError, InvalidInput, NotFound
from services.asanito.admin.repository import AdminRepository
from services.asanito.admin.rules import HARMLESS, RESET_PHRASE, without_texts
from services.asanito.admin.schemas import Forgotten

if TYPE_CHECKING:
    from uuid import UUID

    from common.core import Core
    from common.identity import Identity
    from services.asanito.admin.schemas import Reset
    from services.asanito.settings import AsanitoSettings


class AdminService:
    """What only an administrator does, and nobody can take back."""

    def __init__(self, core: Core[AsanitoSettings]) -> None:
        self._db = core.db

    async def reset(self, wanted: Reset, who: Identity) -> dict[str, int]:
        """Remove what is known of the source, and what was set up; rows by table.

        Audit and open effects always stay: a call that may have arrived is looked up before it is made again. Persons
        whose data was removed stay removed.

        Raises:
            InvalidInput: `wrong_phrase`.
            Conflict: `runs_active`.
        """
        if wanted.phrase != RESET_PHRASE:
            wrong = FieldError("/phrase", "wrong_phrase", f"Type {RESET_PHRASE}.")
            raise InvalidInput(f"Type {RESET_PHRASE} to confirm.", errors=[wrong])
        async with self._db.transaction() as conn:
            repository = AdminRepository(conn)
            if active := await repository.active_runs(HARMLESS):
                raise Conflict(
                    f"{active[0]['job']} is at work or waits for an answer. Let it end, or stop it, first.",
                    code="runs_active",
                    params={"jobs": ", ".join(sorted({run["job"] for run in active}))},
                )
            removed = await repository.clear(bindings=not wanted.keep_bindings, deals=not wanted.keep_deal_links)
            removed["schedules_switched_off"] = await repository.switch_off(HARMLESS)
            kept = {"bindings": wanted.keep_bindings, "deal_links": wanted.keep_deal_links}
            await audit.record(conn, who, "admin.reset", "admin", after={"removed": removed, "kept": kept})
        return removed

    async def forget(self, key: UUID, who: Identity, note: str) -> Forgotten:
        """Remove a person's data here, for ever: what the source says anew of it is not kept either.

        The binding stays, so that nothing is created twice, and invoices and payments still find their contact.

        Raises:
            NotFound: `unknown_record`.
        """
        async with self._db.transaction() as conn:
            repository = AdminRepository(conn)
            person = await repository.find_person(key)
            if person is None:
                raise NotFound("There is no such person here.", code="unknown_record")
            receipts = await repository.forget(key, who.name)
            for receipt, payload in (await repository.sent_receipts(receipts)).items():
                await repository.keep_payload(receipt, without_texts(payload))
            after = {"receipts": len(receipts), "asanito_id": person["asanito_id"], "note": note}
            await audit.record(conn, who, "person.forgotten", f"records/person/{key}", after=after)
        return Forgotten(key=key, asanito_id=person["asanito_id"], receipts=len(receipts))
