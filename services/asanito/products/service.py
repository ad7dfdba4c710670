"""Products: a service is created or updated in Asanito, after its category was found or made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.asanito.formats.persian import comparison_key
from services.asanito.options import SourceOptions
from services.asanito.products.repository import CategoryRepository
from services.asanito.products.rules import Product, category_payload, product_payload, read_product
from services.asanito.source.rules import Kind
from services.asanito.sync.directory import Directory
from services.asanito.sync.rules import NotSent, Plan, Refused, State, Warned, skip
from services.asanito.sync.writer import Created, Creation, record_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.core import Core
    from common.db import Connection
    from services.asanito.mappings.rules import MappingTable
    from services.asanito.mappings.service import MappingService
    from services.asanito.ports import AsanitoApi, Payload, RemoteItem
    from services.asanito.settings import AsanitoSettings
    from services.asanito.sync.rules import Entity
    from services.asanito.sync.writer import Writer


class ProductService:
    """Services as products."""

    kind = Kind.PRODUCT

    def __init__(self, core: Core[AsanitoSettings], *, asanito: AsanitoApi, mappings: MappingService) -> None:
        self._core = core
        self._asanito = asanito
        self._mappings = mappings

    async def open(self) -> SendingProducts:
        """What one run needs: mappings, options, the categories that are known."""
        async with self._core.db.connection() as conn:
            known = await CategoryRepository(conn).ids()
        return SendingProducts(
            self._core,
            self._asanito,
            mappings=await self._mappings.table(),
            source=await self._core.options.get(SourceOptions),
            categories=known,
        )


class SendingProducts:
    """One run's view of products."""

    def __init__(
        self,
        core: Core[AsanitoSettings],
        asanito: AsanitoApi,
        *,
        mappings: MappingTable,
        source: SourceOptions,
        categories: dict[str, int],
    ) -> None:
        self._db = core.db
        self._directory = Directory(core.db)
        self._asanito = asanito
        self._mappings = mappings
        self._source = source
        self._categories = categories
        self._asked = False
        self._looked_up: set[str] = set()

    async def plan(self, entity: Entity) -> Plan:
        product = read_product(entity.row, self._mappings, rial_factor=self._source.rial_factor)
        payload = product_payload(product, self._categories.get(comparison_key(product.category)))
        return Plan("create" if entity.asanito_id is None else "update", payload, product.warnings, extra=product)

    async def carry_out(self, entity: Entity, plan: Plan, writer: Writer) -> Sequence[Warned]:
        product: Product = plan.extra
        try:
            return await self._send(entity, plan, product, writer)
        except Refused:
            if not await self._forget_gone_category(product.category, writer):
                raise
            return await self._send(entity, plan, product, writer)

    async def _send(self, entity: Entity, plan: Plan, product: Product, writer: Writer) -> Sequence[Warned]:
        plan.payload["categoryID"] = await self._category(product.category, writer)
        if entity.asanito_id is not None and await self._edit(entity, plan.payload, entity.asanito_id, writer):
            return product.warnings
        created = await self._create(entity, product, plan.payload, writer)
        if not created.now and created.content != entity.content_hash.hex():  # it has changed since it was sent
            await self._edit(entity, plan.payload, created.asanito_id, writer)
        return product.warnings

    async def _edit(self, entity: Entity, payload: Payload, asanito_id: int, writer: Writer) -> bool:
        """Whether it is still there to be edited."""

        async def edit() -> RemoteItem:
            return await self._asanito.edit_product({"id": asanito_id, **payload})

        try:
            await writer.update(record_key(entity), op="product.update", send=edit)
        except Refused as refused:
            if not refused.is_not_there:
                raise
        else:
            return True
        await writer.forget(entity, asanito_id)
        return False

    async def _create(self, entity: Entity, product: Product, payload: Payload, writer: Writer) -> Created:
        async def send() -> int:
            return (await self._asanito.add_product(payload)).id

        async def find() -> list[int] | None:
            found = [item for item in await self._asanito.find_products(product.title) if is_same(item, product)]
            ids = await self._directory.not_others(entity, [item.id for item in found])
            if product.code and any(item.id in ids and item.abbreviation is None for item in found):
                return None  # its namesake, maybe: the answer does not tell
            return ids

        async def settle(conn: Connection, created: Created) -> None:
            await writer.bind(conn, entity, created)

        return await writer.create(
            Creation(
                record_key(entity),
                "product.create",
                send=send,
                find=find,
                settle=settle,
                content=entity.content_hash.hex(),
                only_look=entity.is_deleted,
            )
        )

    async def _category(self, title: str, writer: Writer) -> int:
        """Asanito's id of a category, found or made; one of any spelling is the same."""
        key = comparison_key(title)
        if key in self._categories:
            return self._categories[key]
        if await writer.has_open_creation(category_record(key)):  # the search that settles it finds the category, too
            self._categories[key] = await self._create_category(key, title, writer)
        elif not self._asked:
            self._asked = True
            remote = await self._remote_categories()
            async with self._db.transaction() as conn:
                await writer.run.guard(conn)
                for remote_key, item in remote.items():
                    await CategoryRepository(conn).keep(remote_key, item.title, item.id)
            self._categories |= {remote_key: item.id for remote_key, item in remote.items()}
        if key not in self._categories:
            self._categories[key] = await self._create_category(key, title, writer)
        return self._categories[key]

    async def _forget_gone_category(self, title: str, writer: Writer) -> bool:
        """Whether the category that we knew was deleted in Asanito; looked up once a run."""
        key = comparison_key(title)
        if key not in self._categories or key in self._looked_up:
            return False
        self._looked_up.add(key)
        if self._categories[key] in {item.id for item in await self._asanito.list_categories()}:
            return False
        async with self._db.transaction() as conn:
            await writer.run.guard(conn)
            await CategoryRepository(conn).forget(key)
        del self._categories[key]
        self._asked = False  # somebody may have made it anew
        return True

    async def _create_category(self, key: str, title: str, writer: Writer) -> int:
        async def send() -> int:
            return (await self._asanito.add_category(category_payload(title))).id

        async def find() -> list[int]:
            remote = await self._remote_categories()
            return [remote[key].id] if key in remote else []

        async def settle(conn: Connection, created: Created) -> None:
            await CategoryRepository(conn).keep(key, title, created.asanito_id)

        try:
            created = await writer.create(Creation(category_record(key), "category.create", send, find, settle))
        except NotSent as error:
            if error.verdict.state is not State.UNCERTAIN:
                raise
            # The doubt is the category's; of the product nothing was sent.
            raise skip("category_pending", f"Its category is not known yet: {error.verdict.message}") from error
        return created.asanito_id

    async def _remote_categories(self) -> dict[str, RemoteItem]:
        """The first of each title wins: the oldest is what people use."""
        found: dict[str, RemoteItem] = {}
        for item in sorted(await self._asanito.list_categories(), key=lambda item: item.id):
            found.setdefault(comparison_key(item.title), item)
        return found


def category_record(key: str) -> str:
    """What the effects of a category go by."""
    return f"category:{key}"


def is_same(item: RemoteItem, product: Product) -> bool:
    """Whether a product that a search gave is this one: same title and, as far as both have one, same code."""
    if comparison_key(item.title) != comparison_key(product.title):
        return False
    return not product.code or item.abbreviation in (None, product.code)
