"""One made-up mail of each kind, with everything in it that its template can show; previews and tests render them.

Nobody in it exists.
"""

from datetime import UTC, date, datetime
from decimal import Decimal

from services.invoices.mails.schemas import (
    BadLine,
    DeleteRefused,
    ImportSummary,
    InvalidFile,
    LateFile,
    MailData,
    NoFile,
    SessionExpired,
    SessionFailed,
    SessionOpened,
    SourceUnreachable,
    StaleFile,
    UnsentInvoice,
)
from services.invoices.options import MailKind

DAY = date(2026, 11, 20)
AT = datetime(2026, 11, 20, 18, 4, 5, tzinfo=UTC)
UNSENT = [
    UnsentInvoice(number=600000001, status="not_found"),
    UnsentInvoice(number=600000002, status="in_past"),
    UnsentInvoice(number=600000003, status="already_sent"),
    UnsentInvoice(number=600000004, status="incomplete"),
]
FILE = {
    "business_date": DAY,
    "file_name": "Letture20261120190405123_12345.txt",
    "size_bytes": 515_000,
    "source": "upload",
    "uploaded_by": "M. Rossi",
    "received_at": AT,
}

SAMPLES: dict[MailKind, MailData] = {
    "import": ImportSummary(
        **FILE,
        declared=12345,
        records=12346,
        verdict="off_by_one",
        kept=12000,
        ignored=340,
        rejected={"invoice_number": 4, "value_format": 2},
        duplicates=1,
        valid=11996,
        total_quantity=12000,
        total_value=Decimal("123456.78"),
        unsent=UNSENT,
        warnings=["encoding_guessed", "name_reused"],
    ),
    "invalid": InvalidFile(
        **FILE,
        held=True,
        reason="count_mismatch",
        declared=12345,
        records=12000,
        bad_lines=[BadLine(line=7, reason="value_format", text="600000007|1|<b>Shoes</b>|1,50")],
    ),
    "late": LateFile(**FILE, started_by="A. Bianchi", started_at=AT),
    "stale": StaleFile(business_date=DAY, file_name="Letture20261101190000000_10.txt", size_bytes=815, modified_at=AT),
    "no_file": NoFile(business_date=DAY, checked_at=AT, next_check_at=AT, source_name="inbox.example.org"),
    "source_unreachable": SourceUnreachable(
        business_date=DAY, source_name="inbox.example.org", since=AT, error="No answer within 30 s."
    ),
    "delete_refused": DeleteRefused(
        business_date=DAY, file_name=FILE["file_name"], source_name="inbox.example.org", since=AT, error="550 No right."
    ),
    "success": SessionOpened(
        business_date=DAY,
        generated=11996,
        generated_at=AT,
        uploaded_at=AT,
        verified_at=AT,
        remote_name="session_20261120_0123456789ab.csv",
        log_line="file=session_20261120_0123456789ab.csv read=11996 <ok>",
        started_by="M. Rossi",
        confirmed_by="A. Bianchi",
        confirmed_note="Seen on their screen & counted.",
        unsent=UNSENT,
    ),
    "failed": SessionFailed(
        business_date=DAY,
        reason="records_not_read",
        step="verifying",
        error="The receiver read 11995 of 11996 records.",
        generated=11996,
        read_count=11995,
        can_retry=False,
        started_by="M. Rossi",
        attempt=2,
        unsent=UNSENT[:1],
    ),
    "expired": SessionExpired(business_date=DAY, state="open", processed=11000, total=11996, started_by="M. Rossi"),
}
