"""A case with real files of evidence on a disk."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from delivery.evidence_pack import facts as pack
from delivery.evidence_pack.archive import write_pack

NAME, NUMBER = "欧阳示例", "11010519491231002X"
NOTICE = "From: notices@lender.example\r\n\r\n示例告知\r\n".encode()
FILES = {
    "E1": ("judgment_document", ".pdf", b"%PDF-1.4 judgment"),
    "E2": ("recording", ".wav", bytes(range(256)) * 5_000),
    "E3": ("receipt", "", b""),
}


def pieces_of(folder: Path) -> tuple[pack.Piece, ...]:
    found = []
    for evidence_id, (kind, suffix, content) in FILES.items():
        # The lender's own paths may name persons.
        file = folder / f"{NAME}-{evidence_id}"
        file.write_bytes(content)
        found.append(
            pack.Piece(
                evidence_id,
                kind,
                suffix,
                len(content),
                hashlib.sha256(content).hexdigest(),
                date(2026, 2, 22),
                lambda file=file: file.open("rb"),
            )
        )
    return tuple(found)


def facts_of(folder: Path, **changed: object) -> pack.PackFacts:
    facts = pack.PackFacts(
        basis=pack.Basis(
            case_id="roster-L0000001-20251108",
            bureau="roster",
            state="accepted",
            batch_id="ROSTER-20260907-325a08",
            as_of=date(2026, 9, 7),
            policy_name="cn-2018",
            policy_version=1,
            time_zone=ZoneInfo("Asia/Shanghai"),
            book_id="b" * 32,
            assessment_id="a" * 32,
        ),
        borrower=pack.Borrower("person", NAME, "resident_id", NUMBER),
        loan=pack.Loan(
            "L0000001", "consumer", Decimal("510900.00"), Decimal("0.086400"), date(2025, 3, 8), date(2026, 9, 8)
        ),
        arrears=pack.Arrears(
            date(2025, 11, 8),
            303,
            10,
            Decimal("322151.35"),
            Decimal("283833.30"),
            Decimal("13283.40"),
            Decimal("0.00"),
            Decimal("25034.65"),
            Decimal("350739.10"),
        ),
        effort=pack.Effort(
            2, 2, {"call": 1, "sms": 1, "visit": 0}, 1, False, datetime(2026, 8, 28, 3, 19, 13, tzinfo=UTC)
        ),
        contacts=(
            pack.Contact(
                "C2",
                datetime(2026, 8, 28, 3, 19, 13, tzinfo=UTC),
                "call",
                "borrower",
                "refused",
                "S0044",
                "E2",
                "催收员：您好。\n借款人：=1+1，不还。",
                ("C0101", "C0205"),
            ),
            pack.Contact(
                "C1",
                datetime(2025, 12, 16, 1, 41, 17, tzinfo=UTC),
                "sms",
                "nobody",
                "delivered",
                None,
                None,
                "@SUM(A1)",
            ),
        ),
        notices=(
            pack.Notice(
                page_no=13,
                is_delivered=True,
                written_at=datetime(2026, 6, 30, 13, 28, 33, tzinfo=UTC),
                delivered_on="2026-06-30",
                grace_ends_on="2026-08-30",
                answered_at="2026-06-30T13:28:33.360340+00:00",
                reply="250 2.0.0 taken as ebc985287ce3db3f",
                message_id="<notice.1@lender.example>",
                message_sha256=hashlib.sha256(NOTICE).hexdigest(),
                template="cn_2018_v1",
                template_sha256="22" * 32,
                reason=None,
            ),
        ),
        notice_copy=NOTICE,
        judgments=(pack.Judgment("J1", "白榆县人民法院", "（2025）虚99民初427号", date(2026, 3, 14), "E1"),),
        reports=(
            pack.Report(
                batch_id="ROSTER-20260907-325a08",
                as_of="2026-09-07",
                serial=2,
                leaf="cd" * 32,
                root="ab" * 32,
                decision="Release",
                decided_by="risk1",
                file_name="X_20260907_ROSTER_001.csv.p7m",
                file_sha256="ef" * 32,
                received_at=datetime(2026, 9, 7, 13, 29, 48, tzinfo=UTC),
                answer="accepted",
            ),
        ),
        pieces=pieces_of(folder),
        left_out=(pack.LeftOut("E9", "refusal", "missing"),),
    )
    return replace(facts, **changed)


def packed(facts: pack.PackFacts) -> bytes:
    buffer = io.BytesIO()
    write_pack(buffer, facts)
    return buffer.getvalue()
