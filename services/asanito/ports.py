"""The outside systems of the Asanito bridge, as the service sees them: the legacy database, and Asanito.

Every method may raise `common.errors.Transient` (nothing happened, try again), `Permanent` (a person must look) or,
where something may have happened outside, `Ambiguous`. Values of the source come as Python's own: UUIDs as lower-case
text, dates and datetimes without a zone, `Decimal`, `bool`, `int`, text as it stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from common.connections import Steps

SourceRow: TypeAlias = dict[str, Any]
Payload: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What the source says of itself and of the login that asks.

    Args:
        utc: the server's clock, without a zone.
        encrypted: None when it does not tell.
        indexed: (table, column) for each index that begins with that column.
    """

    server: str
    login: str
    utc: datetime
    encrypted: bool | None
    indexed: frozenset[tuple[str, str]]
    readable: frozenset[str]
    writable: frozenset[str]


@dataclass(frozen=True, slots=True)
class SourceValues:
    """Rows as their driver gives them: `rows` have the columns of `names`, which is empty without rows."""

    names: Sequence[str]
    rows: Sequence[Sequence[Any]]


class SourceReader(Protocol):
    """The six legacy tables, read-only. Blocks are ranges of `idd`; gaps are leapt by asking for the next one."""

    async def next_idd(self, table: str, at_least: int) -> int | None:
        """The smallest idd from `at_least` on; None when there is none."""
        ...

    async def previous_idd(self, table: str, below: int) -> int | None:
        """The highest idd that is lower than `below`; None when there is none."""
        ...

    async def newest_idd(self, table: str) -> int | None:
        """The highest idd; None for an empty table."""
        ...

    async def block(self, table: str, low: int, high: int) -> list[SourceRow]:
        """All rows with `low <= idd < high`, by idd."""
        ...

    async def block_values(self, table: str, low: int, high: int) -> SourceValues:
        """The same rows, for who looks at all and needs few: making each a row of ours takes most of the time."""
        ...

    async def explore(self, table: str, column: str, value: str, *, after: int, limit: int) -> list[SourceRow]:
        """Rows whose `column` contains `value` literally, idd above `after`, by idd; whitelisted columns only."""
        ...

    async def old_rows(self, table: str) -> list[SourceRow] | None:
        """All rows of a table that the application before us kept there; None when there is no such table."""
        ...

    async def columns(self) -> dict[str, frozenset[str]]:
        """Table → its columns, of those tables that are there."""
        ...

    async def facts(self) -> SourceFacts:
        """What the server says of itself and of this login."""
        ...

    def statements_to_add(self, columns: dict[str, frozenset[str]]) -> list[str]:
        """What adds the status columns that are missing; for people to read."""
        ...

    async def probe(self, step: Steps) -> None:
        """Connect, look at the grants, the tables and their columns, step by step."""
        ...


class StatusWord(NamedTuple):
    """What is written beside one row; without an id the id column stays as it is."""

    idd: int
    status: str | None
    message: str
    asanito_id: int | None


class SourceWriter(Protocol):
    """The status columns of the legacy tables; lists may be of any length, and each call may be repeated."""

    async def write_words(self, table: str, words: Sequence[StatusWord]) -> None: ...

    async def supersede(self, table: str, idds: Sequence[int]) -> None:
        """Mark every older version of the things that these rows are the newest of."""
        ...

    async def facts(self) -> SourceFacts:
        """What the server says of itself and of this login."""
        ...

    def statements_to_add(self, columns: dict[str, frozenset[str]]) -> list[str]:
        """What adds the status columns that are missing."""
        ...

    async def run(self, statement: str) -> None:
        """One of `statements_to_add`."""
        ...


class Login(NamedTuple):
    """Who the bridge is at Asanito."""

    user_id: int


@dataclass(frozen=True, slots=True)
class RemotePerson:
    """A contact as Asanito answers it; `mobiles` as they stand there."""

    id: int
    name: str
    last_name: str
    national_code: str
    mobiles: tuple[str, ...]
    address_ids: tuple[int, ...]
    membership_code: int | None = None


@dataclass(frozen=True, slots=True)
class RemoteItem:
    """A category, product, invoice, income or deal as Asanito answers it; what a kind does not have is empty."""

    id: int
    title: str = ""
    code: str = ""
    # A product's code as it was given to it; None where the answer does not tell.
    abbreviation: str | None = None
    person_id: int | None = None
    date: str = ""
    amount: int | None = None
    text: str = ""
    status: int | None = None
    # Of an invoice: its lines' ids by their index.
    lines: tuple[tuple[int, int], ...] = ()


class SourceSeeder(Protocol):
    """The source where test data is wanted; absent everywhere else."""

    async def check(self) -> None:
        """See that nobody's data is there.

        Raises:
            Conflict: `source_not_test_data`.
            Transient, Permanent: the source is away, or the login may not do this.
        """
        ...

    async def fill(self, rows: Mapping[str, Sequence[SourceRow]]) -> dict[str, int]:
        """Put these rows in place of all that are there, and make the tables where they are absent; rows by table.

        Raises:
            Conflict, Transient, Permanent: as `check`.
        """
        ...


class AsanitoApi(Protocol):
    """Asanito's REST API: one method for each call that the bridge makes.

    Calls that create something raise `Ambiguous` when the answer was lost after the request may have arrived. A method
    that finds gives None where this tenant's Asanito has no such call.
    """

    async def login(self) -> Login:
        """Sign in, or use the token in hand."""
        ...

    async def add_person(self, payload: Payload) -> RemotePerson: ...
    async def edit_person(self, payload: Payload) -> RemotePerson: ...
    async def add_address(self, payload: Payload) -> int: ...
    async def edit_address(self, payload: Payload) -> None: ...
    async def edit_custom_fields(self, payload: Payload) -> None: ...

    async def find_persons(self, value: str) -> list[RemotePerson]:
        """Contacts that Asanito finds for a mobile number, a code or a name; more than were meant, mostly."""
        ...

    async def list_categories(self) -> list[RemoteItem]: ...
    async def add_category(self, payload: Payload) -> RemoteItem: ...
    async def add_product(self, payload: Payload) -> RemoteItem: ...
    async def edit_product(self, payload: Payload) -> RemoteItem: ...
    async def find_products(self, value: str, *, skip: int = 0, take: int | None = None) -> list[RemoteItem]:
        """Products that Asanito finds for a text, the newest first: all of them, or `take` of them."""
        ...

    async def default_account(self, organisation_id: int) -> int | None:
        """The bank account that invoices of an organisation name."""
        ...

    async def issue_invoice(self, payload: Payload) -> RemoteItem: ...
    async def edit_invoice(self, payload: Payload) -> RemoteItem: ...
    async def set_invoice_status(self, invoice_ids: Sequence[int], status: int, sell_date: str) -> None: ...
    async def find_invoices(self, value: str) -> list[RemoteItem] | None: ...

    async def add_income(self, payload: Payload) -> RemoteItem: ...
    async def find_incomes(self, value: str) -> list[RemoteItem] | None: ...

    async def add_deal(self, payload: Payload) -> int: ...
    async def find_deals(self, value: str) -> list[RemoteItem] | None: ...
    async def funnel_levels(self, funnel_id: int) -> list[RemoteItem]: ...

    async def probe(self, step: Steps) -> None:
        """Connect, sign in, ask who we are."""
        ...
