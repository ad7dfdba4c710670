"""The doctor: goes through everything outside, and never stops at the first thing that is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.errors import Permanent, RemoteError
from services.asanito.doctor.rules import Finding, judge_columns, judge_reader, judge_writer
from services.asanito.options import SourceOptions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from common.core import Core
    from services.asanito.ports import AsanitoApi, SourceReader, SourceWriter
    from services.asanito.settings import AsanitoSettings
    from services.asanito.sync.service import SyncService


class DoctorService:
    """Looks at the source, the mirror and Asanito; changes nothing."""

    def __init__(
        self,
        core: Core[AsanitoSettings],
        *,
        reader: SourceReader,
        writer: SourceWriter | None,
        asanito: AsanitoApi,
        sync: SyncService,
    ) -> None:
        self._core = core
        self._reader = reader
        self._writer = writer
        self._asanito = asanito
        self._sync = sync

    async def examine(self) -> list[Finding]:
        """Everything, one after the other."""
        findings: list[Finding] = []
        for name, look in (("source", self._source), ("mirror", self._mirror), ("asanito", self._target)):
            findings += await self._within(name, look)
        return findings

    async def source_is_whole(self) -> str:
        """A sentence for `/readyz` about the source's tables and columns, those of the mirror among them.

        Raises:
            Transient, Permanent: the source is away, or `source_incomplete` with what mends it.
        """
        columns = await self._reader.columns()
        judged = judge_columns(columns, self._reader.statements_to_add(columns))
        wrong = [f"{one.detail} {one.fix}" for one in judged if one.level == "problem"]
        if wrong:
            raise Permanent(" ".join(wrong), target="source", code="source_incomplete")
        return "all tables and columns are there"

    async def _within(self, name: str, look: Callable[[], Awaitable[list[Finding]]]) -> list[Finding]:
        try:
            return await look()
        except RemoteError as error:
            return [Finding(name, "problem", error.detail)]

    async def _source(self) -> list[Finding]:
        facts = await self._reader.facts()
        columns = await self._reader.columns()
        add = self._reader.statements_to_add(columns)
        return [*judge_reader(facts, self._core.clock.now()), *judge_columns(columns, add)]

    async def _mirror(self) -> list[Finding]:
        options = await self._core.options.get(SourceOptions)
        if self._writer is None:
            if not options.write_back:
                return [Finding("mirror", "ok", "off")]
            fix = "Set ASANITO_WRITEBACK_URL, or switch the option write_back off."
            return [Finding("mirror", "problem", "The mirror is on and has no login.", fix)]
        return list(judge_writer(await self._writer.facts()))

    async def _target(self) -> list[Finding]:
        login = await self._asanito.login()
        findings = [Finding("asanito", "ok", f"signed in as user {login.user_id}")]
        bound = await self._sync.tenant()
        settings = self._core.settings
        here = (str(settings.base_url).rstrip("/"), settings.customer_id)
        if bound not in (None, here):
            detail = f"All bindings belong to {bound}; the settings name {here}."
            findings.append(Finding("tenant", "problem", detail, "Set the address and customer id back."))
        return findings
