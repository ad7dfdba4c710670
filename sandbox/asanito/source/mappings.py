"""Which demo id of the target stands for which value of the legacy system: what an operator of the demo would map.

Both the seeder (which values it uses) and the accountant (what they must become) read it;
`GET /_sandbox/asanito/mappings` shows it to whoever sets up a service.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

ORGANIZATIONS = [UUID(int=0x0A000000_0000_4000_8000_000000000001), UUID(int=0x0A000000_0000_4000_8000_000000000002)]
CREATORS = [UUID(int=0x0C000000_0000_4000_8000_000000000001), UUID(int=0x0C000000_0000_4000_8000_000000000002)]
UNMAPPED_CREATOR = UUID(int=0x0C000000_0000_4000_8000_0000000000FF)
TRANSFER_ACCOUNTS = [UUID(int=0x0B000000_0000_4000_8000_000000000001), UUID(int=0x0B000000_0000_4000_8000_000000000002)]
UNMAPPED_ACCOUNT = UUID(int=0x0B000000_0000_4000_8000_0000000000FF)
CASH_TYPES = [UUID(int=0x0D000000_0000_4000_8000_000000000001), UUID(int=0x0D000000_0000_4000_8000_000000000002)]
BANKS = ["ملت", "ملی", "صادرات"]
UNMAPPED_BANK = "سامان"
UNMAPPED_UNIT = 99
RECOGNITION = ["دوستان", "اینستاگرام", "تابلو"]
UNMAPPED_RECOGNITION = "پیامک"


@dataclass
class Mappings:
    """By the names that the mapping types have, source value as text to target id."""

    Gender: dict[str, int] = field(default_factory=lambda: {"0": 1, "1": 2})
    ProductType: dict[str, int] = field(default_factory=lambda: {"1": 1, "2": 3})
    ProductUnit: dict[str, int] = field(default_factory=lambda: {"1": 1, "2": 2, "3": 3})
    Organization: dict[str, int] = field(
        default_factory=lambda: {str(one): 11 + place for place, one in enumerate(ORGANIZATIONS)}
    )
    CreatorUser: dict[str, int] = field(
        default_factory=lambda: {str(one): 502 + place for place, one in enumerate(CREATORS)}
    )
    RecognitionMethods: dict[str, int] = field(
        default_factory=lambda: {one: 21 + place for place, one in enumerate(RECOGNITION)}
    )
    ReceiptAccount: dict[str, int] = field(
        default_factory=lambda: {
            **{bank: 31 + place for place, bank in enumerate(BANKS)},
            **{str(one): 31 + place for place, one in enumerate(TRANSFER_ACCOUNTS)},
            **{str(one): (1, 34)[place] for place, one in enumerate(CASH_TYPES)},
        }
    )
    Defaults: dict[str, int] = field(
        default_factory=lambda: {"HostWarehouseID": 2082, "DefaultCityID": 82, "DefaultReceiptAccountID": 1}
    )
