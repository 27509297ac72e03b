"""Which transcripts are screened, and which places in them are findings, on each engine."""

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest

from schemas.datasets import ARREARS, LANGUAGE_FINDINGS
from schemas.policy_values import Sourced
from transforms.contacts import contacts_that_count
from transforms.language import language_findings, transcripts_to_screen

AT = datetime(2026, 6, 1, 2, tzinfo=UTC)


def arrears(kit, engine, *rows):
    """Loans in arrears: loan_id and first_missed_on."""
    return engine.rows(
        [{"loan_id": loan_id, "borrower_id": "B1", "first_missed_on": day} for loan_id, day in rows],
        **{name: pa.string() for name in ("loan_id", "borrower_id")},
        first_missed_on=pa.date32(),
    )


def screened(kit, engine, policy, contacts):
    rows = kit.reportable_rows() | {"contacts": contacts}
    in_arrears = arrears(kit, engine, ("L1", date(2025, 10, 31)))
    books = engine.books(rows)
    counting = contacts_that_count(books, in_arrears, kit.AS_OF, policy)
    return kit.rows(transcripts_to_screen(books, counting, policy))


def test_contacts_that_count_and_have_a_transcript_are_screened(kit, engine, policy):
    contacts = [
        kit.contact_row(1, "2025-10-30T23:59:59", transcript="before the first missed date"),
        kit.contact_row(2, "2025-10-31T00:00:00", transcript="on it"),
        kit.contact_row(3, "2026-06-15T23:59:59", transcript="on the business date"),
        kit.contact_row(4, "2026-06-16T00:00:00", transcript="after it"),
        kit.contact_row(5, "2026-01-05T10:00:00", transcript=None),
        kit.contact_row(6, "2026-01-05T10:00:00", transcript=""),
        kit.contact_row(7, "2026-01-05T10:00:00", loan_id="L2", transcript="not in arrears"),
    ]
    found = sorted(screened(kit, engine, policy, contacts), key=lambda row: row["contact_id"])
    assert [(row["contact_id"], row["transcript"]) for row in found] == [
        ("C2", "on it"),
        ("C3", "on the business date"),
    ]
    assert list(found[0]) == ["contact_id", "loan_id", "contacted_at", "transcript"]
    assert found[0]["contacted_at"] == kit.at("2025-10-31T00:00:00")


def test_nothing_is_screened_when_the_policy_names_no_lexicon(kit, engine, policy):
    none = policy.language.model_copy(update={"lexicons": Sourced(value=(), source="choice of the lender", mark="C")})
    contacts = [kit.contact_row(1, "2026-01-05T10:00:00", transcript="said")]
    assert screened(kit, engine, policy.model_copy(update={"language": none}), contacts) == []
    assert len(screened(kit, engine, policy, contacts)) == 1


def matches(engine, *rows):
    named = [
        {
            "contact_id": f"C{number}",
            "loan_id": "L1",
            "contacted_at": AT,
            "turn_no": 1,
            "offset_characters": 4,
            "language_code": "threat",
            "phrase": "弄死你",
            "speaker_code": "collector",
            "is_negated": False,
            "is_quoted": False,
        }
        | row
        for number, row in enumerate(rows)
    ]
    schema = pa.schema(
        [
            LANGUAGE_FINDINGS.arrow_schema().field(name)
            for name in list(named[0])
            if name not in ("is_negated", "is_quoted")
        ]
        + [pa.field("is_negated", pa.bool_()), pa.field("is_quoted", pa.bool_())]
    )
    return engine.frame(pa.Table.from_pylist(named, schema))


@pytest.mark.parametrize(
    ("row", "is_finding"),
    [
        ({}, True),
        ({"speaker_code": "unknown"}, True),
        ({"speaker_code": "borrower"}, False),
        ({"speaker_code": "other"}, False),
        ({"is_negated": True}, False),
        ({"is_quoted": True}, False),
        ({"is_negated": True, "is_quoted": True}, False),
    ],
)
def test_a_place_is_a_finding_when_the_collector_or_nobody_known_says_it_in_earnest(kit, engine, row, is_finding):
    found = kit.rows(language_findings(matches(engine, row)))
    assert [finding["phrase"] for finding in found] == ["弄死你"] * is_finding


def test_findings_are_of_their_contract(kit, engine):
    found = kit.rows(language_findings(matches(engine, {}, {"language_code": "insult", "phrase": "狗"})))
    assert [list(row) for row in found] == [list(LANGUAGE_FINDINGS.field_names)] * 2
    told = next(row for row in found if row["contact_id"] == "C1")
    assert told == {
        "contact_id": "C1",
        "turn_no": 1,
        "offset_characters": 4,
        "language_code": "insult",
        "phrase": "狗",
        "speaker_code": "collector",
        "loan_id": "L1",
        "contacted_at": AT,
    }


def test_the_columns_that_are_read_of_arrears_are_of_its_contract():
    assert {"loan_id", "borrower_id", "first_missed_on"} <= set(ARREARS.field_names)
