"""Spark gives what the other engines give, asks the contract of rows where they lie, and leaves nothing behind."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import narwhals as nw
import polars as pl
import psutil
import pyarrow as pa
import pytest

from lake.engine import Engine, collect, collect_dataset, open_engine, read_table
from lake.evidence import check_evidence
from lake.phrases import find_phrases
from lake.snapshot import Lake, SnapshotRef
from schemas.dataset import Dataset
from schemas.datasets import CONTACTS, EVIDENCE_FINDINGS, PAYMENTS
from schemas.errors import ArrearsError
from schemas.lexicon import Lexicon
from tests.spark_cluster import fresh_spark

AS_OF = date(2026, 6, 30)
ROWS = 3_000
LEXICON = Lexicon.model_validate(
    {
        "name": "few",
        "version": 1,
        "language": "zh",
        "speakers": {"collector": ["催收员"], "borrower": ["借款人"], "other": ["旁人"]},
        "negation": {"words": ["不会"], "ends": ["，"], "reach_characters": 6},
        "quotation_cues": ["您说"],
        "groups": {
            "threats": {"language_code": "threat", "source": "for this test", "mark": "C", "phrases": ["打断你的腿"]}
        },
    }
)
CHILD = """
import sys
from pathlib import Path
import pyarrow as pa
from lake.engine import open_engine
from lake.snapshot import Lake
from schemas.datasets import REPORTED

engine = open_engine("spark", Lake(Path(sys.argv[1])), master="local[1]", memory_mb=512)
engine.settle(engine.lazy(REPORTED.arrow_schema().empty_table()), REPORTED)
print("settled", len([path for path in Path(sys.argv[1], "staging").iterdir() if path.is_dir()]))
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    # Characters that Spark could take for a pattern or an encoded one.
    return Lake(tmp_path_factory.mktemp("spark") / "a lake [of] {王}'s 100%20*")


@pytest.fixture(scope="module")
def engine(store: Lake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with fresh_spark(tmp_path_factory.mktemp("spark-conf")):
        yield open_engine("spark", store)


@pytest.fixture(scope="module")
def refs(store: Lake) -> dict[str, SnapshotRef]:
    payments = pl.DataFrame(
        {
            "payment_id": [f"P{number}" for number in range(ROWS)],
            "loan_id": [f"L{number % 71}" for number in range(ROWS)],
            "payment_kind": ["payment", "reversal"] * (ROWS // 2),
            "payment_amount": [Decimal(number * 7 % 1_000_003).scaleb(-2) for number in range(ROWS)],
            "paid_on": [date(2026, 1, number % 28 + 1) for number in range(ROWS)],
            "booked_on": [AS_OF] * ROWS,
        }
    )
    contacts = pl.DataFrame(
        {
            "contact_id": [f"C{number}" for number in range(90)],
            "loan_id": [f"L{number}" for number in range(90)],
            "contacted_at": [datetime(2026, 1, 1, number % 24, 59, 59, 123_456, tzinfo=UTC) for number in range(90)],
            "channel_code": ["call"] * 90,
            "counterparty_code": ["borrower"] * 90,
            "contact_outcome_code": ["talked"] * 90,
            "staff_id": [None, "S1"] * 45,
            "evidence_id": [None] * 90,
            "transcript": [f"催收员：{'啊' * number}打断你的腿\n借款人：打断你的腿" for number in range(90)],
        }
    )
    return {
        "payments": store.publish(PAYMENTS, payments, as_of=AS_OF, made_by="test"),
        "contacts": store.publish(CONTACTS, contacts, as_of=AS_OF, made_by="test"),
    }


@pytest.fixture
def payments(engine: Engine, refs: dict[str, SnapshotRef]) -> nw.LazyFrame:
    return engine.scan(refs)["payments"]


@pytest.mark.parametrize("dataset", [PAYMENTS, CONTACTS], ids=lambda dataset: dataset.name)
def test_a_snapshot_is_read_as_it_was_published(
    engine: Engine, store: Lake, refs: dict[str, SnapshotRef], dataset: Dataset
) -> None:
    published = read_table(store, refs[dataset.name]).cast(dataset.arrow_schema())
    assert collect_dataset(engine.scan(refs)[dataset.name], dataset).equals(published)


def test_what_was_settled_is_not_computed_again(engine: Engine, tmp_path: Path, store: Lake, refs: dict) -> None:
    copy = tmp_path / "copy.parquet"
    shutil.copy(store.files(refs["payments"])[0], copy)
    settled = engine.settle(engine.read({"payments": [copy]})["payments"], PAYMENTS)
    copy.unlink()
    assert collect_dataset(settled, PAYMENTS).num_rows == ROWS


def test_wider_types_are_brought_to_the_contract(
    engine: Engine, store: Lake, refs: dict, payments: nw.LazyFrame
) -> None:
    nothing = nw.lit(Decimal("0.00"))
    wide = payments.select(*reversed(PAYMENTS.field_names)).with_columns(nw.col("payment_amount") + nothing + nothing)
    assert wide.collect_schema()["payment_amount"] == nw.Decimal(20, 2)
    settled = engine.settle(wide, PAYMENTS)
    assert settled.collect_schema()["payment_amount"] == nw.Decimal(18, 2)
    assert collect(settled).column_names == list(PAYMENTS.field_names)
    assert collect_dataset(settled, PAYMENTS).equals(read_table(store, refs["payments"]).cast(PAYMENTS.arrow_schema()))


TIMES = nw.col("payment_amount")
BROKEN = {
    "a column too few": (lambda frame: frame.drop("paid_on"), "ARR-1101", {"missing": ["paid_on"]}),
    "a column too many": (lambda frame: frame.with_columns(x=nw.lit(1)), "ARR-1101", {"unexpected": ["x"]}),
    "text for a date": (lambda frame: frame.with_columns(paid_on=nw.col("loan_id")), "ARR-1102", {"field": "paid_on"}),
    "a float for money": (
        lambda frame: frame.with_columns(payment_amount=nw.lit(1.5)),
        "ARR-1102",
        {"field": "payment_amount", "type": "double"},
    ),
    "money that would be rounded": (
        lambda frame: frame.with_columns(payment_amount=TIMES * nw.lit(Decimal("1.001"))),
        "ARR-1102",
        {"field": "payment_amount", "expected": "decimal(18,2)"},
    ),
    "money that is too much": (
        lambda frame: frame.with_columns(payment_amount=TIMES * nw.lit(Decimal("1000000000000000.00"))),
        "ARR-1102",
        {"field": "payment_amount", "expected": "decimal(18,2)"},
    ),
    "an empty field": (
        lambda frame: frame.with_columns(paid_on=nw.when(nw.col("loan_id") != "L3").then(nw.col("paid_on"))),
        "ARR-1103",
        {"empty_rows": {"paid_on": 43}, "rows": ROWS},
    ),
    "nothing but empty fields": (
        lambda frame: frame.with_columns(paid_on=nw.lit(None)),
        "ARR-1103",
        {"empty_rows": {"paid_on": ROWS}},
    ),
    "a key that stands twice": (
        lambda frame: nw.concat([frame, frame.filter(nw.col("payment_id").is_in(["P3", "P4"]))]),
        "ARR-1104",
        {"repeated_rows": 2},
    ),
}


@pytest.mark.parametrize("flaw", BROKEN)
def test_rows_that_break_the_contract_are_refused(engine: Engine, payments: nw.LazyFrame, flaw: str) -> None:
    change, code, facts = BROKEN[flaw]
    with pytest.raises(ArrearsError) as caught:
        engine.settle(change(payments), PAYMENTS)
    assert caught.value.code == code
    assert {name: caught.value.facts[name] for name in facts} == facts


def test_an_error_of_spark_quotes_no_values(
    engine: Engine, payments: nw.LazyFrame, capfd: pytest.CaptureFixture
) -> None:
    failing = payments.with_columns(loan_id=nw.col("payment_id").cast(nw.Int64).cast(nw.String))
    with pytest.raises(ArrearsError) as caught:
        engine.settle(failing, PAYMENTS)
    assert (caught.value.code, caught.value.facts["condition"]) == ("ARR-1204", "CAST_INVALID_INPUT")
    assert caught.value.__cause__ is None
    written = str(caught.value) + "".join(capfd.readouterr())
    assert "P1" not in written


def test_phrases_are_found_as_in_one_piece(engine: Engine, refs: dict[str, SnapshotRef]) -> None:
    transcripts = engine.scan(refs)["contacts"].select("contact_id", "loan_id", "contacted_at", "transcript")
    found = collect(engine.phrases(transcripts, [LEXICON]))
    expected = find_phrases(pl.DataFrame(pl.from_arrow(collect(transcripts))), [LEXICON])
    by_contact = [("contact_id", "ascending")]
    assert found.sort_by(by_contact).to_pylist() == expected.sort("contact_id").to_dicts()
    assert sorted(found["offset_characters"].to_pylist()) == [number + 4 for number in range(90)]


def test_evidence_is_judged_as_in_one_piece(engine: Engine, tmp_path: Path) -> None:
    content = b"recorded" * 100
    (tmp_path / "录 音.wav").write_bytes(content)
    paths = ["录 音.wav", "none.wav", "../录 音.wav"] * 40
    rows = pa.table(
        {
            "evidence_id": [f"E{number}" for number in range(120)],
            "loan_id": ["L1"] * 120,
            "evidence_kind": ["recording"] * 120,
            "file_path": paths,
            "file_bytes": [len(content) + (number % 5 == 0) for number in range(120)],
            "file_sha256": [hashlib.sha256(content).hexdigest()] * 60 + ["0" * 64] * 60,
        }
    )
    found = collect_dataset(engine.evidence(engine.lazy(rows), tmp_path), EVIDENCE_FINDINGS)
    assert found.equals(check_evidence(tmp_path, rows))
    assert set(found["finding_code"].to_pylist()) == {"intact", "wrong_size", "altered", "missing", "outside"}


def test_a_root_that_executors_do_not_see_is_named(engine: Engine, tmp_path: Path) -> None:
    root = tmp_path / "evidence"
    with pytest.raises(ArrearsError) as caught:
        engine.evidence(engine.lazy(EVIDENCE_FINDINGS.arrow_schema().empty_table()), root)
    assert (caught.value.code, caught.value.facts) == ("ARR-1210", {"folder": root})
    root.mkdir()
    row = {"evidence_id": "E1", "loan_id": "L1", "evidence_kind": "recording", "file_path": "x", "file_bytes": 1}
    findings = engine.evidence(engine.lazy(pl.DataFrame([row | {"file_sha256": "0" * 64}])), root)
    root.rmdir()
    with pytest.raises(ArrearsError) as caught:
        engine.settle(findings, EVIDENCE_FINDINGS)
    assert (caught.value.code, caught.value.facts) == ("ARR-1210", {"where": "a Spark executor"})


def test_nothing_listens_beyond_this_machine(engine: Engine) -> None:
    java = psutil.Process(engine._session.sparkContext._gateway.proc.pid)
    listening = [each.laddr.ip for each in java.net_connections("tcp") if each.status == psutil.CONN_LISTEN]
    assert listening
    assert {ip.removeprefix("::ffff:") for ip in listening} <= {"127.0.0.1", "::1"}


def test_rows_on_disk_are_below_the_staging_folder(engine: Engine, store: Lake) -> None:
    settings = engine._session.conf
    for key in ("spark.local.dir", "spark.sql.warehouse.dir"):
        assert Path(settings.get(key).removeprefix("file:")).is_relative_to(store.staging), key
    assert settings.get("spark.sql.session.timeZone") == "UTC"


def test_another_master_in_the_same_process_is_refused(engine: Engine, store: Lake) -> None:
    with pytest.raises(ValueError, match=r"session on local\[2\], not on local\[1\]"):
        open_engine("spark", store, master="local[1]")


def test_a_second_engine_reads_another_lake(engine: Engine, tmp_path: Path, refs: dict[str, SnapshotRef]) -> None:
    other = open_engine("spark", Lake(tmp_path / "other"))
    settled = other.settle(engine.scan(refs)["payments"], PAYMENTS)
    assert collect(settled.join(engine.scan(refs)["payments"], on="payment_id", how="semi")).num_rows == ROWS


def run_child(lake: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", CHILD, str(lake)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_nothing_is_left_behind_when_the_process_ends(engine: Engine, tmp_path: Path) -> None:
    done = run_child(tmp_path)
    assert (done.returncode, done.stdout) == (0, "settled 1\n")
    assert list((tmp_path / "staging").iterdir()) == []


def test_a_missing_java_is_named(tmp_path: Path) -> None:
    done = run_child(tmp_path, JAVA_HOME=str(tmp_path / "none"))
    assert done.returncode == 1
    assert "ARR-1203 Spark can't start" in done.stderr
    assert "openjdk-17-jre-headless" in done.stderr


def test_a_missing_library_is_named(store: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(ArrearsError) as caught:
        open_engine("spark", store)
    assert caught.value.code == "ARR-1202"
    assert "requirements-spark.txt" in str(caught.value)
