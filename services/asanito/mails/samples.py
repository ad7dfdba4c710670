"""One made-up mail of each kind, with everything in it that its template can show; tests and previews render them."""

from datetime import UTC, date, datetime

from services.asanito.mails.schemas import (
    CycleMissed,
    KindLine,
    MailData,
    MailKind,
    MoneyLine,
    Morning,
    ReasonLine,
    Recovered,
    StepLine,
    Trouble,
)

DAY = date(2026, 11, 21)
AT = datetime(2026, 11, 20, 22, 0, 5, tzinfo=UTC)
TROUBLE = Trouble(business_date=DAY, job="contacts", since=AT, code="target_down", error="No <answer> from Asanito.")

SAMPLES: dict[MailKind, MailData] = {
    "morning": Morning(
        business_date=DAY,
        state="partial",
        reason="steps_failed",
        started_at=AT,
        finished_at=AT,
        steps=[
            StepLine(job="contacts", state="partial", reason="records_need_attention", sent=120, problems=2, left=3),
            StepLine(job="receipts", state="failed", reason="target_down", sent=0, problems=0, left=0),
        ],
        kinds=[KindLine(kind="person", total=12_500, synced=12_400, skipped=3, failed=2, uncertain=1)],
        reasons=[
            ReasonLine(kind="person", state="failed", reason="invalid_data", count=2),
            ReasonLine(kind="receipt", state="skipped", reason="mapping_missing", count=3),
            ReasonLine(kind="receipt", state="skipped", reason="<new_reason>", count=1),
        ],
        uncertain=1,
        failed=2,
        gaps=3,
        questions=1,
        money=MoneyLine(
            since=DAY, until=DAY, source=1_000_000, posted=900_000, left_out=50_000, difference=50_000, differing=2
        ),
    ),
    "login_failed": TROUBLE.model_copy(update={"code": "remote_unauthorized"}),
    "target_down": TROUBLE,
    "source_down": TROUBLE.model_copy(update={"code": "source_unavailable"}),
    "tenant_changed": TROUBLE.model_copy(update={"code": "tenant_changed"}),
    "cycle_missed": CycleMissed(business_date=DAY, due_at=AT, by="06:00", state="running"),
    "recovered": Recovered(business_date=DAY, trouble="target_down", since=AT, at=AT),
}
