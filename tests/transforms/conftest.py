"""Books made from rows, on each engine, and one case that is reportable."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import narwhals as nw
import polars as pl
import pyarrow as pa
import pytest

from schemas.datasets import EVIDENCE_FINDINGS, LANGUAGE_FINDINGS, QUARANTINE, REPORTED, SOURCES
from schemas.policy import parse_policy
from transforms.arrears import arrears_as_of
from transforms.books import Books
from transforms.conduct import conduct_findings
from transforms.decisions import decide
from transforms.effort import effort_since_first_missed

ENGINES = ("polars", "duckdb")
AS_OF = date(2026, 6, 15)
SHANGHAI = ZoneInfo("Asia/Shanghai")
POLICY_FILE = Path(__file__).parents[2] / "policies" / "cn-2018.toml"


class Engine:
    """Lazy frames of one engine from Arrow tables, and rows back."""

    def __init__(self, name):
        self.name = name
        self._connection = None
        self._tables = 0
        if name == "duckdb":
            self._connection = duckdb.connect()
            self._connection.execute("SET TimeZone = 'UTC'")

    def frame(self, table):
        if self._connection is None:
            return nw.from_native(pl.from_arrow(table).lazy())
        self._tables += 1
        self._connection.register(f"t{self._tables}", table)
        return nw.from_native(self._connection.table(f"t{self._tables}"))

    def rows(self, rows, **types):
        return self.frame(pa.Table.from_pylist(rows, schema=pa.schema(list(types.items()))))

    def books(self, rows):
        return Books(
            **{
                dataset.name: self.frame(pa.Table.from_pylist(rows.get(dataset.name, []), dataset.arrow_schema()))
                for dataset in (*SOURCES, QUARANTINE, REPORTED)
            }
        )

    def settled(self, frame):
        return self.frame(collect_table(frame))

    def findings(self, rows):
        return self.frame(pa.Table.from_pylist(rows, EVIDENCE_FINDINGS.arrow_schema()))

    def language(self, rows=()):
        return self.frame(pa.Table.from_pylist(list(rows), LANGUAGE_FINDINGS.arrow_schema()))


def collect_table(frame):
    return frame.collect(backend="pyarrow").to_arrow()


def collect_rows(frame):
    return collect_table(frame).to_pylist()


def at(text):
    """A local time in Shanghai as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


def contact_row(number, when, **changes):
    row = {
        "contact_id": f"C{number}",
        "loan_id": "L1",
        "contacted_at": at(when),
        "channel_code": "call",
        "counterparty_code": "nobody",
        "contact_outcome_code": "no_answer",
        "staff_id": "S1",
        "evidence_id": None,
        "transcript": None,
    }
    return row | changes


def reportable_rows():
    """A loan of which every rule is met at AS_OF: two instalments missed since 2025-10-31, all evidence there."""
    return {
        "borrowers": [
            {
                "borrower_id": "B1",
                "borrower_kind": "person",
                "name": "测试甲",
                "id_type": "resident_id",
                "id_number": "11010519491231002X",
                "mobile": "13800000000",
                "email": "b1@example.org",
                "protection_code": "none",
            }
        ],
        "loans": [
            {
                "loan_id": "L1",
                "borrower_id": "B1",
                "product_code": "consumer",
                "principal_amount": Decimal("30000.00"),
                "annual_rate": Decimal("0.36"),
                "disbursed_on": date(2025, 9, 30),
                "matures_on": date(2026, 9, 30),
            }
        ],
        "instalments": [
            {
                "loan_id": "L1",
                "schedule_no": 1,
                "instalment_no": number,
                "due_on": due_on,
                "principal_due": Decimal("10000.00"),
                "interest_due": Decimal("300.00"),
                "fee_due": Decimal("20.00"),
                "penalty_due": Decimal("5.50"),
            }
            for number, due_on in enumerate((date(2025, 10, 31), date(2025, 11, 30), date(2026, 9, 30)), start=1)
        ],
        "payments": [
            {
                "payment_id": "P1",
                "loan_id": "L1",
                "payment_kind": "payment",
                "payment_amount": Decimal("500.00"),
                "paid_on": date(2025, 10, 31),
                "booked_on": date(2025, 11, 1),
            }
        ],
        "contacts": [
            contact_row(1, "2025-11-03T10:00:00"),
            contact_row(
                2,
                "2025-11-05T11:00:00",
                channel_code="visit",
                counterparty_code="borrower",
                contact_outcome_code="refused",
            ),
            contact_row(3, "2025-11-05T12:00:00", channel_code="sms", contact_outcome_code="delivered"),
            contact_row(4, "2025-12-01T21:59:59", channel_code="robot_call"),
            contact_row(5, "2026-05-01T08:00:00", channel_code="letter", contact_outcome_code="delivered"),
        ],
        "evidence": [
            {
                "evidence_id": evidence_id,
                "loan_id": "L1",
                "evidence_kind": kind,
                "file_path": f"{evidence_id}.bin",
                "file_bytes": 10,
                "file_sha256": "0" * 64,
                "obtained_on": date(2026, 1, 10),
            }
            for evidence_id, kind in (("V1", "ability_to_pay"), ("V2", "refusal"))
        ],
        "liabilities": [],
        "schedules": [],
        "staff": [{"staff_id": "S1", "registered_from_on": date(2020, 1, 1), "registered_until_on": None}],
        "stops": [],
        "reported": [],
        "judgments": [],
        "disputes": [],
        "agreements": [],
        "quarantine": [],
    }


def several(changes):
    """The reportable case once for each loan id, with keys of its own, changed by its function."""
    together = {name: [] for name in reportable_rows()}
    for loan_id, change in changes.items():
        one = reportable_rows()
        change(one)
        for name, dataset in one.items():
            if name != "staff":
                together[name] += [with_own_keys(row, loan_id) for row in dataset]
    together["staff"] = reportable_rows()["staff"]
    return together


def with_own_keys(row, loan_id):
    keys = [name for name in row if name.endswith("_id") and name not in ("loan_id", "staff_id", "rule_id")]
    own = {name: f"{row[name]}-{loan_id}" for name in keys if row[name] is not None}
    return row | own | ({"loan_id": loan_id} if row.get("loan_id") == "L1" else {})


def intact_findings(rows):
    return [
        {key: row[key] for key in ("evidence_id", "loan_id", "evidence_kind")} | {"finding_code": "intact"}
        for row in rows["evidence"]
    ]


def decided(engine, rows, policy, *, findings=None, as_of=AS_OF, language=()):
    """Books, arrears, effort and decisions of rows, all evidence intact when no findings are given.

    Each step reads the result of the one before, as it does from snapshots.
    """
    books = engine.books(rows)
    arrears = engine.settled(arrears_as_of(books, as_of, policy, engine.settled))
    conduct = engine.settled(conduct_findings(books, arrears, engine.language(language), as_of, policy))
    effort = engine.settled(effort_since_first_missed(books, arrears, conduct, as_of, policy))
    found = engine.findings(intact_findings(rows) if findings is None else findings)
    return books, arrears, effort, engine.settled(decide(books, arrears, effort, found, as_of, policy))


@pytest.fixture(scope="session")
def policy():
    return parse_policy(POLICY_FILE.read_text(encoding="utf-8"), file=POLICY_FILE.name)


@pytest.fixture(scope="session")
def us_policy():
    file = POLICY_FILE.with_name("us-fcra.toml")
    return parse_policy(file.read_text(encoding="utf-8"), file=file.name)


@pytest.fixture(params=ENGINES)
def engine(request):
    return Engine(request.param)


@pytest.fixture
def polars_engine():
    """For tests by hand of figures on which portfolios show that the engines agree."""
    return Engine("polars")


@pytest.fixture(scope="session")
def engines():
    """Makes one engine of each kind, fresh at each call."""
    return lambda: [Engine(name) for name in ENGINES]


@pytest.fixture
def rows():
    return reportable_rows()


@pytest.fixture(scope="session")
def kit():
    """What tests build with: see the functions of this file."""
    import types

    return types.SimpleNamespace(
        AS_OF=AS_OF,
        at=at,
        contact_row=contact_row,
        reportable_rows=reportable_rows,
        several=several,
        intact_findings=intact_findings,
        decided=decided,
        rows=collect_rows,
        table=collect_table,
    )
