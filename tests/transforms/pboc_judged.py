"""Complete facts of accounts of each type, and what the bureau's checks find in the records of accounts in arrears."""

from datetime import date, datetime

from tests.transforms.pboc_mapped import (
    BRANCH,
    COLLECTION,
    INSTITUTION,
    REVOLVING,
    SEGMENT_CODE,
    cases_of,
    decided,
    parties_of,
)
from transforms.bureaus.pboc_checks import PbocFrames, judge
from transforms.bureaus.pboc_enterprise import enterprise_records
from transforms.bureaus.pboc_monthly import monthly_records

AS_OF = date(2024, 2, 29)
FILE_AT = datetime.fromisoformat("2024-03-01T08:00:00")
PAID_OUT = date(2023, 5, 10)

FACTS = {
    "D1": {"five_class_on": AS_OF, "nothing_repaid_on": PAID_OUT},
    "R4": {"account_type_code": "R4", "payout_code": None, "agreement_number": "CR1"},
    "R1": REVOLVING | {"payout_code": None, "agreement_number": "CR1"},
    "C1": COLLECTION | {"account_opened_on": PAID_OUT},
}
FACTS = {kind: FACTS["D1"] | facts for kind, facts in FACTS.items()}


def judged(kit, records, record_type):
    return kit.rows(
        judge(
            PbocFrames(records.records, records.groups),
            record_type,
            FILE_AT,
            registered={BRANCH},
            provider=SEGMENT_CODE,
        )
    )


def findings(kit, records, record_type):
    return {(row["code"], row["field"]) for row in judged(kit, records, record_type)}


def overdue_records(engine, policy, kit, rows, facts, parties=()):
    books = engine.books(rows)
    cases = cases_of(engine, *(row["loan_id"] for row in rows["loans"]))
    decisions = decided(engine, kit, books, AS_OF, policy)
    arguments = (books, cases, decisions, parties_of(engine, *parties), facts, INSTITUTION, AS_OF, policy)
    return monthly_records(*arguments, engine.settled), enterprise_records(*arguments, engine.settled), decisions
