"""Contacts: a member is looked up, created or updated in Asanito."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.asanito.contacts.rules import (
    Contact,
    create_payload,
    custom_fields_payload,
    edit_payload,
    read_contact,
)
from services.asanito.formats.persian import comparison_key, normalise_mobile, normalise_national_code
from services.asanito.mappings.rules import MappingType
from services.asanito.options import DefaultOptions, SourceOptions, TargetOptions, placeholders_of
from services.asanito.source.rules import Kind
from services.asanito.sync.directory import Directory
from services.asanito.sync.rules import NotSent, Plan, Refused, Warned
from services.asanito.sync.writer import Created, Creation, record_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.core import Core
    from common.db import Connection
    from common.errors import Permanent
    from services.asanito.mappings.rules import MappingTable
    from services.asanito.mappings.service import MappingService
    from services.asanito.ports import AsanitoApi, RemotePerson
    from services.asanito.settings import AsanitoSettings
    from services.asanito.sync.rules import Entity
    from services.asanito.sync.writer import Writer

NOT_FOUND = ("not found", "یافت نشد")


class ContactService:
    """Members as contacts."""

    kind = Kind.PERSON

    def __init__(self, core: Core[AsanitoSettings], *, asanito: AsanitoApi, mappings: MappingService) -> None:
        self._core = core
        self._asanito = asanito
        self._mappings = mappings

    async def open(self) -> SendingContacts:
        """What one run needs: mappings, options, who we are."""
        return SendingContacts(
            self._core,
            self._asanito,
            mappings=await self._mappings.table(),
            source=await self._core.options.get(SourceOptions),
            target=await self._core.options.get(TargetOptions),
            defaults=await self._core.options.get(DefaultOptions),
            owner=(await self._asanito.login()).user_id,
        )


class SendingContacts:
    """One run's view of contacts."""

    def __init__(
        self,
        core: Core[AsanitoSettings],
        asanito: AsanitoApi,
        *,
        mappings: MappingTable,
        source: SourceOptions,
        target: TargetOptions,
        defaults: DefaultOptions,
        owner: int,
    ) -> None:
        self._directory = Directory(core.db)
        self._asanito = asanito
        self._mappings = mappings
        self._source = source
        self._target = target
        self._city = defaults.city_id
        self._owner = owner

    async def plan(self, entity: Entity) -> Plan:
        contact = read_contact(
            entity.row,
            gender=lambda value: self._mappings.get(MappingType.GENDER, value),
            acquaintance=lambda value: self._mappings.find(MappingType.RECOGNITION_METHODS, value),
            rial_factor=self._source.rial_factor,
        )
        payload = create_payload(contact, owner=self._owner, city=self._city)
        op = "create" if entity.asanito_id is None else "update"
        return Plan(op, payload, contact.warnings, extra=contact)

    async def carry_out(self, entity: Entity, plan: Plan, writer: Writer) -> Sequence[Warned]:
        contact: Contact = plan.extra
        asanito_id = entity.asanito_id
        if asanito_id is None:
            asanito_id, created = await self._create(entity, plan, contact, writer)
            if created:
                return contact.warnings
        return [*contact.warnings, *await self._update(entity, plan, contact, asanito_id, writer)]

    async def _create(self, entity: Entity, plan: Plan, contact: Contact, writer: Writer) -> tuple[int, bool]:
        """The contact's id, and whether it was made just now, with all that is in `plan`."""

        async def send() -> int:
            return (await self._asanito.add_person(plan.payload)).id

        async def find() -> list[int] | None:
            return await self._find(contact, entity)

        async def settle(conn: Connection, created: Created) -> None:
            await writer.bind(conn, entity, created)

        async def by_hand() -> list[int]:
            return await self._find_same(contact, entity)

        created = await writer.create(
            Creation(
                record_key(entity),
                "contact.create",
                send=send,
                find=find,
                settle=settle,
                content=entity.content_hash.hex(),
                look_first=by_hand if self._target.adopt_existing else None,
                only_look=entity.is_deleted,
            )
        )
        return created.asanito_id, created.now

    async def _update(
        self, entity: Entity, plan: Plan, contact: Contact, asanito_id: int, writer: Writer
    ) -> Sequence[Warned]:
        async def edit() -> RemotePerson:
            return await self._asanito.edit_person(edit_payload(contact, asanito_id=asanito_id, owner=self._owner))

        try:
            person = await writer.update(record_key(entity), op="contact.update", send=edit)
        except Refused as refused:
            if not is_gone(refused.error):
                raise
            return await self._create_again(entity, plan, contact, asanito_id, writer)
        assert person is not None  # noqa: S101 - a change that may be made twice always has an answer
        warnings = [*await self._address(entity, contact, person, writer)]
        if warning := await self._custom_fields(entity, contact, asanito_id, writer):
            warnings.append(warning)
        remote = {normalise_mobile(mobile) for mobile in person.mobiles}
        if contact.mobile and person.mobiles and contact.mobile not in remote:
            warnings.append(Warned("phone_not_updated", "Asanito has another mobile number; change it there by hand."))
        return warnings

    async def _create_again(
        self, entity: Entity, plan: Plan, contact: Contact, gone_id: int, writer: Writer
    ) -> Sequence[Warned]:
        await writer.forget(entity, gone_id)
        asanito_id, created = await self._create(entity, plan, contact, writer)
        if not created:  # another contact with the same number was taken instead; the next run brings it up to date
            return [Warned("adopted_instead", f"{gone_id} was deleted in Asanito; {asanito_id} is taken.", retry=True)]
        return [Warned("created_again", f"{gone_id} was deleted in Asanito.", {"old_id": gone_id})]

    async def _address(
        self, entity: Entity, contact: Contact, person: RemotePerson, writer: Writer
    ) -> Sequence[Warned]:
        if not contact.address:
            return ()
        if self._city is None:
            return (Warned("no_default_city", "There is no default city: the address was left out."),)

        async def send() -> None:
            if person.address_ids:
                await self._asanito.edit_address(
                    {"id": person.address_ids[0], "cityID": self._city, "address": contact.address}
                )
            else:
                await self._asanito.add_address(
                    {"contactId": person.id, "cityId": self._city, "address": contact.address, "isDefault": True}
                )

        try:
            await writer.update(record_key(entity), op="contact.address", send=send)
        except NotSent as error:
            return (Warned("address_not_updated", f"The address was not taken: {error}", retry=True),)
        return ()

    async def _custom_fields(self, entity: Entity, contact: Contact, asanito_id: int, writer: Writer) -> Warned | None:
        async def send() -> None:
            await self._asanito.edit_custom_fields(custom_fields_payload(contact, asanito_id))

        try:
            await writer.update(record_key(entity), op="contact.custom_fields", send=send)
        except NotSent as error:
            return Warned("custom_fields_not_updated", f"The custom fields were not taken: {error}", retry=True)
        return None

    async def _find(self, contact: Contact, entity: Entity) -> list[int] | None:
        """What an earlier call may have made of this member; None when nothing tells it from its namesakes."""
        if found := await self._find_same(contact, entity):
            return found
        if self._numbers(contact):
            return []
        code = entity.row["MembershipCode"]
        name = f"{contact.name} {contact.last_name}".strip()
        alike = [one for one in await self._asanito.find_persons(name) if is_namesake(one, contact)]
        nobodys = set(await self._directory.not_others(entity, [one.id for one in alike]))
        alike = [one for one in alike if one.id in nobodys and one.membership_code in (None, code)]
        if any(one.membership_code is None for one in alike):
            return None
        return [one.id for one in alike]

    async def _find_same(self, contact: Contact, entity: Entity) -> list[int]:
        """Contacts that are this member: exactly the same mobile number or national code, and not somebody else's."""
        found: dict[int, RemotePerson] = {}
        for value in self._numbers(contact):
            for person in await self._asanito.find_persons(value):
                if is_same(person, contact, self._numbers(contact)):
                    found[person.id] = person
        return await self._directory.not_others(entity, list(found))

    def _numbers(self, contact: Contact) -> list[str]:
        """What tells this member from all others: not what was typed only to fill a field."""
        mobile = normalise_mobile(contact.mobile, placeholders_of(self._source))
        return [number for number in (mobile, normalise_national_code(contact.national_code)) if number]


def is_same(person: RemotePerson, contact: Contact, numbers: Sequence[str]) -> bool:
    """Whether a contact that a search gave is this member, and not one that only resembles."""
    if contact.mobile in numbers and contact.mobile in {normalise_mobile(mobile) for mobile in person.mobiles}:
        return True
    return contact.national_code in numbers and normalise_national_code(person.national_code) == contact.national_code


def is_namesake(person: RemotePerson, contact: Contact) -> bool:
    """Whether both names are the same, in any spelling."""
    theirs, ours = (person.name, person.last_name), (contact.name, contact.last_name)
    return [comparison_key(name) for name in theirs] == [comparison_key(name) for name in ours]


def is_gone(error: Permanent) -> bool:
    """Whether Asanito says that what we wanted to change is not there (any more)."""
    said = error.detail.casefold()
    return error.code == "remote_not_found" or any(words in said for words in NOT_FOUND)
