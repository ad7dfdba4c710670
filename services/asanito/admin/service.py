"""A reset, the removal of a person's data, and test data; each with its audit entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common import audit
from common.errors import Conflict, FieldError, InvalidInput, NotFound
from services.asanito.admin.repository import AdminRepository
from services.asanito.admin.rules import HARMLESS, RESET_PHRASE, without_texts
from services.asanito.admin.rules_seed import SEED_PHRASE, tell
from services.asanito.admin.schemas import Forgotten

if TYPE_CHECKING:
    from uuid import UUID

    from common.core import Core
    from common.identity import Identity
    from services.asanito.admin.schemas import Reset, Seed
    from services.asanito.ports import SourceSeeder
    from services.asanito.settings import AsanitoSettings


class AdminService:
    """What only an administrator does, and nobody can take back.

    Args:
        seeder: None where no test data is wanted, which is everywhere but on test systems.
    """

    def __init__(self, core: Core[AsanitoSettings], seeder: SourceSeeder | None = None) -> None:
        self._db = core.db
        self._clock = core.clock
        self._seeder = seeder

    async def reset(self, wanted: Reset, who: Identity) -> dict[str, int]:
        """Remove what is known of the source, and what was set up; rows by table.

        Audit and open effects always stay: a call that may have arrived is looked up before it is made again. Persons
        whose data was removed stay removed.

        Raises:
            InvalidInput: `wrong_phrase`.
            Conflict: `runs_active`.
        """
        check_phrase(wanted.phrase, RESET_PHRASE)
        async with self._db.transaction() as conn:
            repository = AdminRepository(conn)
            await refuse_while_active(repository)
            removed = await repository.clear(bindings=not wanted.keep_bindings, deals=not wanted.keep_deal_links)
            removed["schedules_switched_off"] = await repository.switch_off(HARMLESS)
            kept = {"bindings": wanted.keep_bindings, "deal_links": wanted.keep_deal_links}
            await audit.record(conn, who, "admin.reset", "admin", after={"removed": removed, "kept": kept})
        return removed

    async def seed(self, wanted: Seed, who: Identity) -> dict[str, int]:
        """Put test data in place of what the source holds, and forget our copy of it; rows by table.

        What is bound stays bound: the same test data is not created a second time.

        Raises:
            InvalidInput: `wrong_phrase`.
            Conflict: `seed_off`, `runs_active`, `source_not_test_data`.
            Transient, Permanent: the source is away, or the login may not write there.
        """
        check_phrase(wanted.phrase, SEED_PHRASE)
        if self._seeder is None:
            raise Conflict(
                "No test data is wanted here: ASANITO_SEED_URL names no login that may write to the source.",
                code="seed_off",
            )
        async with self._db.transaction() as conn:
            await refuse_while_active(AdminRepository(conn))
        await self._seeder.check()
        async with self._db.transaction() as conn:  # before it happens: it is outside, and can't be taken back
            await audit.record(conn, who, "admin.seed", "admin", after={"schedules": "switched off"})
            await AdminRepository(conn).switch_off(HARMLESS)
        filled = await self._seeder.fill(tell(self._clock.now().date()))
        async with self._db.transaction() as conn:
            repository = AdminRepository(conn)
            await refuse_while_active(repository)  # it may have read half of it; whoever asked does so again
            await repository.forget_source()
        return filled

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


def check_phrase(typed: str, phrase: str) -> None:
    """What is typed by hand to show that it is meant.

    Raises:
        InvalidInput: `wrong_phrase`.
    """
    if typed != phrase:
        wrong = FieldError("/phrase", "wrong_phrase", f"Type {phrase}.")
        raise InvalidInput(f"Type {phrase} to confirm.", errors=[wrong])


async def refuse_while_active(repository: AdminRepository) -> None:
    """Nothing is pulled away under a run; until the transaction ends none begins.

    Raises:
        Conflict: `runs_active`.
    """
    if active := await repository.active_runs(HARMLESS):
        raise Conflict(
            f"{active[0]['job']} is at work or waits for an answer. Let it end, or stop it, first.",
            code="runs_active",
            params={"jobs": ", ".join(sorted({run["job"] for run in active}))},
        )
