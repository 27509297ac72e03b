"""Row rules against a plain-Python oracle, on both engines: one broken field breaks one rule, random rows agree."""

import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import duckdb
import narwhals as nw
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.datasets import DATASETS, SOURCES
from schemas.field import FieldType
from transforms.quality import Severity, bad_rows, critical_rules_of, good_rows, judge_rows, parents_of, rules_of

AS_OF = date(2026, 6, 30)
ENDS_AT = datetime(2026, 6, 30, 16, tzinfo=UTC)  # midnight in Shanghai
LATER = date(2026, 7, 1)
PERSON_ID, USCC = "11010519491231002X", "91350100M000100Y43"
SSN = "123456788"
# L1 and more are of B1, L2 is of B2 and was paid out later.
OWNERS = {"L1": "B1", "L2": "B2", **{f"L1{number}": "B1" for number in range(100, 130)}}
DISBURSED = {loan: date(2025, 6, 1) if loan == "L2" else date(2025, 1, 1) for loan in OWNERS}
PARENT_KEYS = {"borrowers": ["B1", "B2"], "loans": [*OWNERS], "evidence": ["E1", "E2"]}
VERSIONS = [("L1", 2), ("L2", 3)]
PARENTS = {
    "borrowers": pa.table({"borrower_id": PARENT_KEYS["borrowers"], "extra": ["x", "x"]}),
    "loans": pa.table(
        {"borrower_id": [*OWNERS.values()], "loan_id": [*OWNERS], "disbursed_on": pa.array(DISBURSED.values())}
    ),
    "evidence": pa.table({"evidence_id": PARENT_KEYS["evidence"], "extra": ["x", "x"]}),
    "schedules": pa.table(
        {"extra": ["x", "x"], "loan_id": [loan for loan, _ in VERSIONS], "schedule_no": [no for _, no in VERSIONS]}
    ),
}

VALID = {
    "borrowers": {
        "borrower_id": "B1",
        "borrower_kind": "person",
        "name": "王小明",
        "id_type": "resident_id",
        "id_number": PERSON_ID,
        "mobile": "13800138000",
        "email": "a@example.org",
        "protection_code": "none",
    },
    "loans": {
        "loan_id": "L1",
        "borrower_id": "B1",
        "product_code": "consumer",
        "principal_amount": Decimal("1000.00"),
        "annual_rate": Decimal("0.240000"),
        "disbursed_on": date(2025, 1, 1),
        "matures_on": date(2026, 1, 1),
    },
    "liabilities": {
        "loan_id": "L1",
        "borrower_id": "B2",
        "liability_code": "guarantor",
        "liable_amount": Decimal("500.00"),
    },
    "schedules": {"loan_id": "L1", "schedule_no": 2, "schedule_effective_on": date(2025, 1, 1)},
    "instalments": {
        "loan_id": "L1",
        "schedule_no": 1,
        "instalment_no": 1,
        "due_on": date(2025, 2, 1),
        "principal_due": Decimal("100.00"),
        "interest_due": Decimal("2.00"),
        "fee_due": Decimal("0.00"),
        "penalty_due": Decimal("0.00"),
    },
    "payments": {
        "payment_id": "P1",
        "loan_id": "L1",
        "payment_kind": "payment",
        "payment_amount": Decimal("10.00"),
        "paid_on": date(2025, 2, 1),
        "booked_on": date(2025, 2, 2),
    },
    "evidence": {
        "evidence_id": "E1",
        "loan_id": "L1",
        "evidence_kind": "recording",
        "file_path": "2025/记录 1.wav",
        "file_bytes": 10,
        "file_sha256": "0a" * 32,
        "obtained_on": date(2025, 3, 1),
    },
    "contacts": {
        "contact_id": "C1",
        "loan_id": "L1",
        "contacted_at": ENDS_AT - timedelta(microseconds=1),
        "channel_code": "call",
        "counterparty_code": "borrower",
        "contact_outcome_code": "promised",
        "staff_id": "S1",
        "evidence_id": "E1",
        "transcript": "甲：您好\n乙：好",
    },
    "staff": {"staff_id": "S1", "registered_from_on": date(2025, 1, 1), "registered_until_on": date(2025, 1, 1)},
    "stops": {
        "stop_id": "T1",
        "borrower_id": "B1",
        "stop_kind_code": "lawyer",
        "stopped_at": datetime(2025, 1, 1, tzinfo=UTC),
        "lifted_at": datetime(2025, 1, 1, tzinfo=UTC),
    },
    "judgments": {
        "judgment_id": "J1",
        "loan_id": "L1",
        "court_name": "北京市朝阳区人民法院",
        "judgment_number": "（2025）京0105民初1号",
        "effective_on": AS_OF,
        "evidence_id": "E1",
    },
    "disputes": {
        "dispute_id": "D1",
        "loan_id": "L1",
        "opened_on": date(2026, 1, 1),
        "answered_on": date(2026, 1, 1),
        "dispute_outcome_code": "upheld",
    },
    "agreements": {
        "agreement_id": "A1",
        "loan_id": "L1",
        "agreed_on": AS_OF,
        "agreement_status_code": "kept",
    },
}

BAD_PATTERN = {
    "name": "王\n",
    "id_number": "11010519491231002x",
    "mobile": "02088888888",
    "email": "a.example.org",
    "file_path": "",
    "file_sha256": "0A" * 32,
    "court_name": "院",
    "judgment_number": "1",
}
# rule -> (change of a valid row, other rules that the change can't help breaking)
CROSS_MUTATIONS = {
    "borrowers.id_type.contradicts_kind": ({"borrower_kind": "enterprise"}, ()),
    "borrowers.id_number.check_digit": ({"id_number": "110105194912310021"}, ()),
    "borrowers.id_number.contradicts_type": ({"id_number": "1101051949123100"}, ()),
    "liabilities.borrower_id.own_loan": ({"borrower_id": "B1"}, ()),
    "schedules.schedule_no.first_version": ({"schedule_no": 1}, ()),
    "schedules.schedule_effective_on.before_disbursed_on": ({"schedule_effective_on": date(2024, 12, 31)}, ()),
    "instalments.schedule_no.orphan": ({"schedule_no": 3}, ()),
    "staff.registered_until_on.before_registered_from_on": ({"registered_until_on": date(2024, 12, 31)}, ()),
    "stops.lifted_at.before_stopped_at": ({"lifted_at": datetime(2024, 12, 31, 23, 59, 59, tzinfo=UTC)}, ()),
    "loans.annual_rate.above_one": ({"annual_rate": Decimal("1.000001")}, ()),
    "loans.disbursed_on.after_as_of": ({"disbursed_on": LATER, "matures_on": LATER}, ()),
    "loans.matures_on.before_disbursed_on": ({"matures_on": date(2024, 12, 31)}, ()),
    "payments.payment_amount.zero": ({"payment_amount": Decimal("0.00")}, ()),
    "payments.paid_on.after_booked_on": ({"paid_on": date(2025, 2, 3)}, ()),
    "payments.booked_on.after_as_of": ({"booked_on": LATER}, ()),
    "evidence.file_bytes.zero": ({"file_bytes": 0}, ()),
    "evidence.obtained_on.after_as_of": ({"obtained_on": LATER}, ()),
    "contacts.contacted_at.after_as_of": ({"contacted_at": ENDS_AT}, ()),
    "contacts.counterparty_code.contradicts_outcome": ({"counterparty_code": "third_party"}, ()),
    "contacts.staff_id.missing_for_person": ({"staff_id": None}, ()),
    "judgments.effective_on.after_as_of": ({"effective_on": LATER}, ()),
    "disputes.opened_on.after_as_of": (
        {"opened_on": LATER, "answered_on": None, "dispute_outcome_code": "open"},
        (),
    ),
    "disputes.answered_on.before_opened_on": ({"answered_on": date(2025, 12, 31)}, ()),
    "disputes.answered_on.after_as_of": ({"answered_on": LATER}, ()),
    "disputes.dispute_outcome_code.contradicts_answered_on": ({"answered_on": None}, ()),
    "agreements.agreed_on.after_as_of": ({"agreed_on": LATER}, ()),
}


def contract_mutations(dataset):
    """One broken cell for each thing that the contract says of a field."""
    references = {reference.field for reference in dataset.references}
    for field in dataset.fields:
        name, rule = field.name, f"{dataset.name}.{field.name}."
        yield f"{rule}unreadable", {name: None, "unreadable_fields": name}, set()
        if name not in dataset.optional:
            also = {f"{dataset.name}.dispute_outcome_code.contradicts_answered_on"} if name == "answered_on" else set()
            yield f"{rule}missing", {name: None}, also
        if field.codes:
            yield f"{rule}code", {name: "unheard_of"}, set()
        if field.pattern:
            orphan = {f"{rule}orphan"} if name in references else set()
            yield f"{rule}pattern", {name: BAD_PATTERN.get(name, "a b")}, orphan
        if field.minimum is not None:
            below = field.minimum - 1
            also = {"schedules.schedule_no.first_version"} if rule == "schedules.schedule_no." else set()
            yield f"{rule}minimum", {name: below if field.type is FieldType.INTEGER else Decimal(below)}, also
        if field.not_before:
            day = date.fromisoformat(field.not_before) - timedelta(days=1)
            early = day if field.type is FieldType.DATE else datetime(1989, 12, 31, 23, 59, 59, tzinfo=UTC)
            yield f"{rule}too_early", {name: early}, EARLY_ALSO.get(f"{rule}too_early", set())
        if name in references:
            yield f"{rule}orphan", {name: "X9"}, set()


EARLY_ALSO = {
    "loans.matures_on.too_early": {"loans.matures_on.before_disbursed_on"},
    "payments.booked_on.too_early": {"payments.paid_on.after_booked_on"},
    "disputes.answered_on.too_early": {"disputes.answered_on.before_opened_on"},
    "schedules.schedule_effective_on.too_early": {"schedules.schedule_effective_on.before_disbursed_on"},
    "staff.registered_until_on.too_early": {"staff.registered_until_on.before_registered_from_on"},
    "stops.lifted_at.too_early": {"stops.lifted_at.before_stopped_at"},
}
# A row breaks these beside other rows only.
BESIDE_OTHERS = {"schedules": ["schedules.schedule_effective_on.before_earlier_version"]}
SPREAD_KEY = {"liabilities": "loan_id", "schedules": "loan_id"}


def all_mutations(dataset):
    yield from contract_mutations(dataset)
    for rule, (change, also) in CROSS_MUTATIONS.items():
        if rule.startswith(f"{dataset.name}."):
            yield rule, change, set(also)


def native_lazy(table, engine, connection):
    return pl.from_arrow(table).lazy() if engine == "polars" else connection.from_arrow(table)


def arrow_rows(dataset, rows):
    schema = pa.schema([pa.field(f.name, f.type.arrow) for f in dataset.fields]).append(
        pa.field("source_file", pa.string())
    )
    schema = schema.append(pa.field("source_row", pa.int64())).append(pa.field("unreadable_fields", pa.string()))
    return pa.Table.from_pylist(rows, schema=schema)


def judged_frame(dataset, rows, engine, connection):
    parents = {name: nw.from_native(native_lazy(PARENTS[name], engine, connection)) for name in parents_of(dataset)}
    frame = nw.from_native(native_lazy(arrow_rows(dataset, rows), engine, connection))
    return judge_rows(frame, dataset, parents=parents, as_of=AS_OF, time_zone="Asia/Shanghai")


def broken_rules(dataset, rows, engine):
    """The set of broken rules of each row, in the order given."""
    ids = [rule.rule_id for rule in rules_of(dataset)]
    judged = judged_frame(dataset, rows, engine, duckdb.connect()).collect("pyarrow").to_native()
    assert judged.column_names == [*dataset.field_names, "source_file", "source_row", "unreadable_fields", *ids]
    assert judged.num_rows == len(rows)
    assert [judged[rule].null_count for rule in ids] == [0] * len(ids)
    found = {
        (row["source_file"], row["source_row"]): {rule for rule in ids if row[rule] is False}
        for row in judged.to_pylist()
    }
    return [found[row["source_file"], row["source_row"]] for row in rows]


def numbered(rows):
    return [{"source_file": "a.csv", "source_row": n, "unreadable_fields": "", **row} for n, row in enumerate(rows, 1)]


def spread_keys(dataset, rows):
    """Give every row a key of its own, unless the key is what was broken."""
    key = SPREAD_KEY.get(dataset.name, dataset.primary_key[-1])
    for number, row in enumerate(rows, 100):
        if row[key] == VALID[dataset.name][key]:
            row[key] = number if isinstance(row[key], int) else f"{row[key]}{number}"
    return rows


engines = pytest.mark.parametrize("engine", ["polars", "duckdb"])
datasets = pytest.mark.parametrize("dataset", SOURCES, ids=[dataset.name for dataset in SOURCES])


@engines
@datasets
def test_one_broken_cell_breaks_its_rule_only(dataset, engine):
    mutations = list(all_mutations(dataset))
    rows = spread_keys(
        dataset, numbered([VALID[dataset.name], *({**VALID[dataset.name], **change} for _, change, _ in mutations)])
    )
    expected = [set(), *({rule} | also for rule, _, also in mutations)]
    assert broken_rules(dataset, rows, engine) == expected


@datasets
def test_every_rule_has_a_mutation_that_breaks_it(dataset):
    last = dataset.primary_key[-1]
    mutated = [rule for rule, _, _ in all_mutations(dataset)]
    mutated += [f"{dataset.name}.{last}.duplicate", *BESIDE_OTHERS.get(dataset.name, ())]
    assert Counter(mutated) == Counter(rule.rule_id for rule in rules_of(dataset))


def test_rule_ids_are_unique_and_name_their_dataset_and_field():
    ids = [rule.rule_id for dataset in SOURCES for rule in rules_of(dataset)]
    assert len(ids) == len(set(ids))
    for dataset in SOURCES:
        for rule in rules_of(dataset):
            assert rule.rule_id.split(".")[:2] == [dataset.name, rule.field_name]
            assert rule.field_name in dataset.field_names
            assert rule.text


def test_what_only_warns():
    warnings = {r.rule_id for dataset in SOURCES for r in rules_of(dataset) if r.severity is Severity.WARNING}
    assert warnings == {
        "borrowers.mobile.pattern",
        "borrowers.email.pattern",
        "borrowers.id_type.contradicts_kind",
        "borrowers.id_number.check_digit",
        "loans.annual_rate.above_one",
        "payments.payment_amount.zero",
        "payments.paid_on.after_booked_on",
        "evidence.file_bytes.zero",
        "contacts.counterparty_code.contradicts_outcome",
        "contacts.staff_id.missing_for_person",
        "judgments.effective_on.after_as_of",
    }


@engines
@pytest.mark.parametrize(
    ("kind", "id_type", "number", "broken"),
    [
        ("person", "resident_id", PERSON_ID, ()),
        ("person", "resident_id", SSN, ("id_number.contradicts_type",)),
        ("person", "resident_id", "110105491231002", ("id_number.contradicts_type",)),
        ("enterprise", "uscc", USCC, ()),
        ("enterprise", "uscc", USCC[:-1] + "4", ("id_number.check_digit",)),
        ("person", "ssn", SSN, ()),
        ("person", "ssn", "000456788", ("id_number.check_digit",)),
        ("person", "ssn", "1234567888", ("id_number.contradicts_type",)),
        ("person", "ssn", "12345678X", ("id_number.contradicts_type",)),
        ("enterprise", "ein", "000000001", ()),
        ("enterprise", "ein", USCC, ("id_number.contradicts_type",)),
        ("person", "ein", "123456789", ("id_type.contradicts_kind",)),
        ("enterprise", "ssn", SSN, ("id_type.contradicts_kind",)),
        ("enterprise", "resident_id", PERSON_ID, ("id_type.contradicts_kind",)),
        ("person", "uscc", USCC, ("id_type.contradicts_kind",)),
    ],
)
def test_an_identity_number_has_the_form_of_its_type(kind, id_type, number, broken, engine):
    change = {"borrower_kind": kind, "id_type": id_type, "id_number": number}
    (found,) = broken_rules(DATASETS["borrowers"], numbered([{**VALID["borrowers"], **change}]), engine)
    assert found == {f"borrowers.{rule}" for rule in broken}


@engines
def test_later_versions_of_a_schedule_do_not_begin_before_earlier_ones(engine):
    late = "schedules.schedule_effective_on.before_earlier_version"
    days = {2: (date(2025, 3, 1), set()), 3: (date(2025, 3, 1), set()), 4: (date(2026, 1, 1), set())}
    days |= {5: (None, {"schedules.schedule_effective_on.missing"})}
    days |= {7: (date(2025, 12, 31), {late}), 9: (date(2025, 3, 1), {late}), 10: (date(2026, 1, 1), set())}
    rows = [
        {"loan_id": loan, "schedule_no": number, "schedule_effective_on": on}
        for loan, first in (("L1", 10), ("L1100", 2))
        for number, (on, _) in sorted(days.items(), reverse=first == 10)
    ]
    other = {"loan_id": "L2", "schedule_no": 11, "schedule_effective_on": date(2025, 6, 1)}
    expected = [days[row["schedule_no"]][1] for row in rows]
    assert broken_rules(DATASETS["schedules"], numbered([*rows, other]), engine) == [*expected, set()]


@engines
def test_instalments_of_later_versions_are_kept_out_where_no_schedule_is_known(engine):
    dataset, connection = DATASETS["instalments"], duckdb.connect()
    rows = numbered([{**VALID["instalments"], "schedule_no": number} for number in (1, 2)])
    frame = nw.from_native(native_lazy(arrow_rows(dataset, rows), engine, connection))
    known = {"loans": PARENTS["loans"], "schedules": PARENTS["schedules"].slice(0, 0)}
    parents = {name: nw.from_native(native_lazy(table, engine, connection)) for name, table in known.items()}
    judged = judge_rows(frame, dataset, parents=parents, as_of=AS_OF, time_zone="Asia/Shanghai")
    assert [row["schedule_no"] for row in good_rows(judged, dataset).collect("pyarrow").to_native().to_pylist()] == [1]


def test_rows_are_judged_beside_those_that_they_name():
    parents = {dataset.name: parents_of(dataset) for dataset in SOURCES}
    assert parents["instalments"] == ("loans", "schedules")
    assert parents["contacts"] == ("loans", "evidence")
    names = [dataset.name for dataset in SOURCES]
    assert all(names.index(parent) < names.index(name) for name, needed in parents.items() for parent in needed)


@engines
def test_of_equal_rows_the_first_stays_and_of_differing_ones_none(engine):
    dataset = DATASETS["instalments"]
    valid = VALID["instalments"]
    rows = [
        {**valid, "source_file": "b.csv", "source_row": 1},
        {**valid, "source_file": "a.csv", "source_row": 12},
        {**valid, "source_file": "a.csv", "source_row": 2},
        {**valid, "instalment_no": 2, "source_file": "a.csv", "source_row": 3},
        {**valid, "instalment_no": 2, "source_file": "a.csv", "source_row": 4, "fee_due": Decimal("0.01")},
        {**valid, "instalment_no": 2, "source_file": "a.csv", "source_row": 5},
        {**valid, "instalment_no": 1, "loan_id": "L2", "source_file": "a.csv", "source_row": 6},
        {**valid, "instalment_no": None, "source_file": "a.csv", "source_row": 7},
        {**valid, "instalment_no": None, "source_file": "a.csv", "source_row": 8},
    ]
    rows = [{"unreadable_fields": None, **row} for row in rows]
    duplicate, missing = {"instalments.instalment_no.duplicate"}, {"instalments.instalment_no.missing"}
    assert broken_rules(dataset, rows, engine) == [
        duplicate,
        duplicate,
        set(),
        duplicate,
        duplicate,
        duplicate,
        set(),
        missing,
        missing,
    ]


@engines
def test_rows_that_differ_only_in_what_could_be_read_contradict_each_other(engine):
    dataset = DATASETS["disputes"]
    valid = {**VALID["disputes"], "answered_on": None, "dispute_outcome_code": "open"}
    rows = numbered([valid, {**valid, "unreadable_fields": "answered_on"}])
    duplicate = "disputes.dispute_id.duplicate"
    assert broken_rules(dataset, rows, engine) == [{duplicate}, {duplicate, "disputes.answered_on.unreadable"}]


@engines
def test_good_and_bad_rows_share_all_rows_between_them(engine):
    dataset = DATASETS["borrowers"]
    soft = {"mobile": "1", "email": "x", "id_number": "110105194912310021", "borrower_kind": "enterprise"}
    rows = spread_keys(
        dataset,
        numbered([VALID["borrowers"], {**VALID["borrowers"], **soft}, {**VALID["borrowers"], "name": None}]),
    )
    judged = judged_frame(dataset, rows, engine, duckdb.connect())
    good = good_rows(judged, dataset).collect("pyarrow").to_native().to_pylist()
    bad = bad_rows(judged, dataset).collect("pyarrow").to_native().to_pylist()
    assert sorted(good, key=lambda row: row["borrower_id"]) == [
        {name: row[name] for name in dataset.field_names} for row in rows[:2]
    ]
    assert [(row["source_row"], row["borrowers.name.missing"]) for row in bad] == [(3, False)]
    assert {rule.rule_id for rule in critical_rules_of(dataset)} < set(bad[0])


@engines
def test_no_rows_give_no_rows(engine):
    for dataset in SOURCES:
        assert broken_rules(dataset, [], engine) == []


def test_a_parent_that_is_not_given_is_our_error():
    frame = nw.from_native(pl.from_arrow(arrow_rows(DATASETS["loans"], [])).lazy())
    with pytest.raises(KeyError, match="borrowers"):
        judge_rows(frame, DATASETS["loans"], parents={}, as_of=AS_OF, time_zone="Asia/Shanghai")


# --- the oracle: the same rules, row by row, in plain Python ---


def oracle(dataset, rows):
    twins = [[other for other in rows if _key(dataset, other) == _key(dataset, row)] for row in rows]
    return [_oracle_row(dataset, row, equals, rows) for row, equals in zip(rows, twins, strict=True)]


def _key(dataset, row):
    key = tuple(row[name] for name in dataset.primary_key)
    return (row["source_row"],) if None in key else key


def _oracle_row(dataset, row, twins, rows):
    unreadable = set((row["unreadable_fields"] or "").split(","))
    broken = set()
    for field in dataset.fields:
        value, name = row[field.name], field.name
        checks = {
            "unreadable": name not in unreadable,
            "missing": name in dataset.optional or value is not None or name in unreadable,
        }
        if value is not None:
            checks |= {
                "code": not field.codes or value in field.codes,
                "pattern": field.pattern is None or re.fullmatch(field.pattern, value) is not None,
                "minimum": field.minimum is None or value >= field.minimum,
                "too_early": not field.not_before or f"{value:%Y-%m-%d}" >= field.not_before,
                "orphan": all(
                    value in PARENT_KEYS[reference.dataset]
                    for reference in dataset.references
                    if reference.field == name
                ),
            }
        broken |= {f"{dataset.name}.{name}.{kind}" for kind, passes in checks.items() if not passes}
    contents = [{k: v for k, v in twin.items() if k not in ("source_file", "source_row")} for twin in twins]
    first = min(twins, key=lambda twin: (twin["source_file"], twin["source_row"]))
    if any(content != contents[0] for content in contents) or first is not row:
        broken.add(f"{dataset.name}.{dataset.primary_key[-1]}.duplicate")
    broken |= {rule for rule in ORACLE_CROSS[dataset.name](row, unreadable) if rule}
    return broken | {rule for rule in ORACLE_BESIDE.get(dataset.name, _nothing)(row, rows) if rule}


def _both(row, *names):
    return all(row[name] is not None for name in names)


def _after(row, name, limit=AS_OF):
    return row[name] is not None and row[name] > limit


def _loans(row, unreadable):
    yield _after(row, "annual_rate", Decimal(1)) and "loans.annual_rate.above_one"
    yield _after(row, "disbursed_on") and "loans.disbursed_on.after_as_of"
    if _both(row, "matures_on", "disbursed_on") and row["matures_on"] < row["disbursed_on"]:
        yield "loans.matures_on.before_disbursed_on"


def _payments(row, unreadable):
    yield row["payment_amount"] == 0 and "payments.payment_amount.zero"
    yield _after(row, "booked_on") and "payments.booked_on.after_as_of"
    if _both(row, "paid_on", "booked_on") and row["paid_on"] > row["booked_on"]:
        yield "payments.paid_on.after_booked_on"


def _evidence(row, unreadable):
    yield row["file_bytes"] == 0 and "evidence.file_bytes.zero"
    yield _after(row, "obtained_on") and "evidence.obtained_on.after_as_of"


def _contacts(row, unreadable):
    if row["contacted_at"] is not None and row["contacted_at"] + timedelta(hours=8) >= datetime(2026, 7, 1, tzinfo=UTC):
        yield "contacts.contacted_at.after_as_of"
    if row["channel_code"] in ("call", "visit") and row["staff_id"] is None and "staff_id" not in unreadable:
        yield "contacts.staff_id.missing_for_person"
    who, what = row["counterparty_code"], row["contact_outcome_code"]
    expected = {"promised": "borrower", "refused": "borrower", "talked": "borrower", "message_left": "third_party"}
    expected |= dict.fromkeys(("no_answer", "power_off", "number_void"), "nobody")
    if who in ("borrower", "third_party", "nobody") and what in expected and who != expected[what]:
        yield "contacts.counterparty_code.contradicts_outcome"


def _disputes(row, unreadable):
    yield _after(row, "opened_on") and "disputes.opened_on.after_as_of"
    yield _after(row, "answered_on") and "disputes.answered_on.after_as_of"
    if _both(row, "opened_on", "answered_on") and row["answered_on"] < row["opened_on"]:
        yield "disputes.answered_on.before_opened_on"
    outcome = row["dispute_outcome_code"]
    if outcome and "answered_on" not in unreadable and (outcome == "open") != (row["answered_on"] is None):
        yield "disputes.dispute_outcome_code.contradicts_answered_on"


def _borrowers(row, unreadable):
    kind, id_type, number = row["borrower_kind"], row["id_type"], row["id_number"]
    kind_of_type = {"resident_id": "person", "ssn": "person", "uscc": "enterprise", "ein": "enterprise"}
    if kind in ("person", "enterprise") and kind_of_type.get(id_type, kind) != kind:
        yield "borrowers.id_type.contradicts_kind"
    if number is None or id_type not in kind_of_type or not re.fullmatch("[0-9A-Z]{9,18}", number):
        return
    is_chinese = id_type in ("resident_id", "uscc")
    if len(number) != (18 if is_chinese else 9) or (not is_chinese and not number.isdigit()):
        yield "borrowers.id_number.contradicts_type"
    elif number not in {"resident_id": [PERSON_ID], "uscc": [USCC], "ssn": [SSN]}.get(id_type, [number]):
        yield "borrowers.id_number.check_digit"


def _schedules(row, unreadable):
    yield row["schedule_no"] is not None and row["schedule_no"] < 2 and "schedules.schedule_no.first_version"
    if _both(row, "loan_id", "schedule_effective_on") and row["loan_id"] in DISBURSED:
        is_early = row["schedule_effective_on"] < DISBURSED[row["loan_id"]]
        yield is_early and "schedules.schedule_effective_on.before_disbursed_on"


def _beside_schedules(row, rows):
    if not _both(row, "loan_id", "schedule_no", "schedule_effective_on"):
        return
    for other in rows:
        if (
            other["loan_id"] == row["loan_id"]
            and _both(other, "schedule_no", "schedule_effective_on")
            and other["schedule_no"] < row["schedule_no"]
            and other["schedule_effective_on"] > row["schedule_effective_on"]
        ):
            yield "schedules.schedule_effective_on.before_earlier_version"


def _instalments(row, unreadable):
    if _both(row, "loan_id", "schedule_no") and row["schedule_no"] > 1:
        yield (row["loan_id"], row["schedule_no"]) not in VERSIONS and "instalments.schedule_no.orphan"


def _liabilities(row, unreadable):
    if _both(row, "loan_id", "borrower_id") and OWNERS.get(row["loan_id"]) == row["borrower_id"]:
        yield "liabilities.borrower_id.own_loan"


def _staff(row, unreadable):
    if _both(row, "registered_from_on", "registered_until_on"):
        is_over = row["registered_until_on"] < row["registered_from_on"]
        yield is_over and "staff.registered_until_on.before_registered_from_on"


def _stops(row, unreadable):
    if _both(row, "stopped_at", "lifted_at"):
        yield row["lifted_at"] < row["stopped_at"] and "stops.lifted_at.before_stopped_at"


def _nothing(row, rows):
    return ()


ORACLE_BESIDE = {"schedules": _beside_schedules}
ORACLE_CROSS = {
    "borrowers": _borrowers,
    "loans": _loans,
    "liabilities": _liabilities,
    "schedules": _schedules,
    "instalments": _instalments,
    "staff": _staff,
    "stops": _stops,
    "payments": _payments,
    "evidence": _evidence,
    "contacts": _contacts,
    "judgments": lambda row, unreadable: [_after(row, "effective_on") and "judgments.effective_on.after_as_of"],
    "disputes": _disputes,
    "agreements": lambda row, unreadable: [_after(row, "agreed_on") and "agreements.agreed_on.after_as_of"],
}

DAYS = [date(1989, 12, 31), date(1990, 1, 1), date(2025, 6, 1), AS_OF, LATER]
INSTANTS = [
    datetime(1989, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(1990, 1, 1, tzinfo=UTC),
    ENDS_AT - timedelta(microseconds=1),
    ENDS_AT,
]
POOLS = {
    FieldType.DATE: DAYS,
    FieldType.INSTANT: INSTANTS,
    FieldType.MONEY: [Decimal("-0.01"), Decimal("0.00"), Decimal("12.50")],
    FieldType.RATE: [Decimal("-0.000001"), Decimal("0"), Decimal("1.000000"), Decimal("1.000001")],
    FieldType.INTEGER: [-1, 0, 1, 2, 3, 4],
}
TEXTS = {
    "id_number": [PERSON_ID, USCC, SSN, "000456788", "110105194912310021", "1101051949123100", "12345678X"],
    "mobile": ["13800138000", "12800138000", "138001380001"],
    "email": ["a@example.org", "a@", "a b@c"],
}


def cells(dataset, field):
    valid = VALID[dataset.name][field.name]
    pool = [valid] * 8 + [None]
    if field.type in POOLS:
        pool += POOLS[field.type]
    elif field.codes:
        pool += [*field.codes, "unheard_of"]
    elif field.name.endswith("_id"):
        pool += [f"{str(valid)[0]}{n}" for n in (1, 2, 3)] + ["", "a b", "L1\n", "a" * 61]
    else:
        pool += TEXTS.get(field.name, ["", "x", "甲\n乙", "甲" * 100, "甲" * 101])
    return st.sampled_from(pool)


@st.composite
def random_rows(draw, dataset):
    rows = []
    for number in range(draw(st.integers(1, 12))):
        row = {field.name: draw(cells(dataset, field)) for field in dataset.fields}
        lost = draw(st.sampled_from([0, 0, 0, 0, 1, 1, 2, 3]))
        lost = draw(st.lists(st.sampled_from(dataset.field_names), min_size=lost, max_size=lost, unique=True))
        row |= dict.fromkeys(lost)
        rows.append(
            {
                **row,
                "unreadable_fields": ",".join(lost),
                "source_file": draw(st.sampled_from("ab")),
                "source_row": number,
            }
        )
        if draw(st.integers(0, 3)) == 0:
            rows.append({**rows[-1], "source_row": 100 + number})
    return rows


@engines
@datasets
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_random_rows_agree_with_the_oracle(dataset, engine, data):
    rows = data.draw(random_rows(dataset))
    assert broken_rules(dataset, rows, engine) == oracle(dataset, rows)
