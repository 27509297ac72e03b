"""The contacts of a case as a CSV file: safe to open in a spreadsheet, one line a contact."""

from __future__ import annotations

import unicodedata

import pyarrow as pa

from delivery.evidence_pack.facts import Contact, PackFacts
from delivery.evidence_pack.words import CHANNEL, CONTACT_OUTCOME, COUNTERPARTY, word
from delivery.formats.delimited import write_delimited
from schemas.bureaus.layout import Column, DelimitedLayout
from schemas.field import FieldType, Sensitivity

_KEY_CHARACTERS, _TEXT_CHARACTERS = 200, 10_000_000

CONTACT_LOG = DelimitedLayout(
    name="contact-log",
    version=1,
    columns=(
        Column("contact_id", "联系编号", FieldType.TEXT, _KEY_CHARACTERS, "the lender's key of the contact"),
        Column("contacted_at", "时间", FieldType.TEXT, 40, "start of the contact, local time with its offset"),
        Column("channel", "方式", FieldType.TEXT, 100, "how the borrower was contacted"),
        Column("counterparty", "对方", FieldType.TEXT, 100, "who was reached"),
        Column("outcome", "结果", FieldType.TEXT, 100, "what came of it"),
        Column("staff_id", "催收人员编号", FieldType.TEXT, _KEY_CHARACTERS, "who collected", is_required=False),
        Column("evidence_id", "证据编号", FieldType.TEXT, _KEY_CHARACTERS, "recording or receipt", is_required=False),
        Column("breaches", "违反规则", FieldType.TEXT, 1_000, "rules of conduct that it breaks", is_required=False),
        Column(
            "transcript",
            "文字记录",
            FieldType.TEXT,
            _TEXT_CHARACTERS,
            "what was said or written; line ends are printed as /",
            is_required=False,
            sensitivity=Sensitivity.IDENTITY,
        ),
    ),
)

# As the bureau's files refuse them: controls, separators, marks of reading direction, byte order mark, lost character.
_NEVER_PRINTED = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\ufffd")
_CONTROLS = frozenset({"Cc", "Cs", "Zl", "Zp"})


def contact_log(facts: PackFacts) -> bytes:
    """The file, oldest contact first."""
    rows = [_row(contact, facts) for contact in sorted(facts.contacts, key=lambda each: each.contacted_at)]
    return write_delimited(pa.Table.from_pylist(rows, schema=CONTACT_LOG.arrow_schema()), CONTACT_LOG)


def one_line(text: str) -> str:
    """The text without what can't be printed in one line."""
    lines = " / ".join(text.splitlines())
    return "".join(
        " " if letter in _NEVER_PRINTED or unicodedata.category(letter) in _CONTROLS else letter for letter in lines
    )


def _row(contact: Contact, facts: PackFacts) -> dict[str, str | None]:
    at = contact.contacted_at.astimezone(facts.basis.time_zone)
    return {
        "contact_id": contact.contact_id,
        "contacted_at": at.isoformat(sep=" ", timespec="seconds"),
        "channel": word(CHANNEL, contact.channel_code),
        "counterparty": word(COUNTERPARTY, contact.counterparty_code),
        "outcome": word(CONTACT_OUTCOME, contact.contact_outcome_code),
        "staff_id": contact.staff_id,
        "evidence_id": contact.evidence_id,
        "breaches": " ".join(contact.breaches) or None,
        "transcript": one_line(contact.transcript) if contact.transcript else None,
    }
