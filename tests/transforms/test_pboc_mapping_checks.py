"""Records of complete facts break no check of the bureau, those that lack one do, amounts keep their order."""

import random
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from schemas.bureaus.pboc_facts import PBOC_ENTERPRISE_ACCOUNTS
from tests.transforms.arrears_cases import due, loan, monthly, paid, reversed_
from tests.transforms.pboc_judged import AS_OF, FACTS, PAID_OUT, findings, judged, overdue_records
from tests.transforms.pboc_mapped import (
    ENTERPRISE,
    INSTITUTION,
    NUMBERS,
    borrower,
    cases_of,
    contract,
    facts_of,
    rows_of,
    transaction,
)
from tests.transforms.portfolios import random_portfolio
from transforms.bureaus.pboc_agreement import agreement_records
from transforms.bureaus.pboc_corrections import (
    account_deleted,
    segment_corrected,
    segment_deleted,
    special_event,
)
from transforms.bureaus.pboc_ended import ClosedAt, closed_records, recovered_records
from transforms.bureaus.pboc_enterprise import enterprise_records
from transforms.bureaus.pboc_enterprise_ended import enterprise_closed_records, enterprise_recovered_records
from transforms.bureaus.pboc_monthly import monthly_records
from transforms.bureaus.pboc_person import person_records
from transforms.parties import decide_parties

H = "AcctMthlyBlgInfSgmt"
BUCKETS = ("Oved31_60Princ", "Oved61_90Princ", "Oved91_180Princ", "OvedPrinc180")

cents = st.decimals("0.01", "9999.99", places=2)
days = st.integers(1, 290).map(lambda number: (PAID_OUT + timedelta(days=number)).isoformat())


@st.composite
def loans(draw):
    """A loan that was paid out in May 2023, with instalments on any day and money that came and went."""
    parts = st.one_of(st.just(Decimal("0.00")), cents, st.just(Decimal("0.50")))
    dues = [
        due(day, draw(parts), interest=draw(parts), fee=draw(parts), penalty=draw(parts))
        for day in draw(st.lists(days, min_size=1, max_size=7, unique=True))
    ]
    money = [
        (reversed_ if is_back else paid)(amount, day)
        for day, amount, is_back in draw(st.lists(st.tuples(days, cents, st.booleans()), max_size=4))
    ]
    return loan(*dues, due("2024-09-01", "10"), money=money, disbursed=PAID_OUT.isoformat())


@settings(
    max_examples=8,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_records_of_complete_facts_break_no_check_and_keep_the_order_of_amounts(data, polars_engine, policy, kit):
    kinds = {f"L{number}": data.draw(st.sampled_from(sorted(FACTS))) for number in range(12)}
    books = {name: data.draw(loans()) for name in (*kinds, "E1")}
    facts = {name: dict(FACTS[kind]) for name, kind in kinds.items()}
    for name, kind in kinds.items():
        facts[name]["first_reported_on"] = None if kind != "C1" and data.draw(st.booleans()) else date(2024, 1, 31)
        facts[name]["account_status_code"] = data.draw(st.sampled_from(["1", "41", "42", "8"]))
    of_enterprise = {"nothing_repaid_on": PAID_OUT, "five_class_on": AS_OF}
    of_enterprise["first_reported_on"] = data.draw(st.sampled_from([None, date(2024, 1, 31)]))
    rows = rows_of(books, borrowers={"E1": ENTERPRISE})
    known = facts_of(polars_engine, facts, {"E1": of_enterprise})
    persons, enterprises, decisions = overdue_records(polars_engine, policy, kit, rows, known)
    assert findings(kit, persons, "210") == set()
    assert findings(kit, enterprises, "410") == set()
    exact = {row["loan_id"]: row for row in kit.rows(decisions)}
    assert {row["loan_id"] for row in kit.rows(persons.records)} == set(exact) - {"E1"}
    for row in kit.rows(persons.records):
        if kinds[row["loan_id"]] != "C1":
            assert_in_order({name.removeprefix(f"{H}."): text for name, text in row.items()}, exact[row["loan_id"]])


def assert_in_order(month, exact):
    overdue, principal = int(month["TotOverd"]), int(month["OverdPrinc"])
    assert sum(int(month[tag]) for tag in BUCKETS) <= principal <= overdue
    assert principal <= int(month["AcctBal"])
    assert 0 < overdue <= max(exact["overdue_amount"], 1)
    assert exact["overdue_amount"] - overdue < 1
    assert 0 <= exact["overdue_principal"] - principal < 1
    assert int(month["OverdPrd"]) == exact["missed_instalments"]


OPEN = (
    *("account_type_code", "account_number", "management_code", "business_code", "business_detail_code"),
    *("currency_code", "payout_code", "repayment_mode_code", "repayment_frequency_code", "application_area_code"),
    *("guarantee_code", "other_guarantee_code", "transfer_code", "funding_code", "loan_form_code"),
    *("five_class_code", "five_class_on", "account_status_code", "nothing_repaid_on"),
)


OPEN_BY_TYPE = {
    "R4": ("agreement_number",),
    "R1": ("agreement_number", "account_opened_on", "credit_line_amount", "line_ends_on"),
    "C1": (
        *("claim_amount", "account_opened_on", "original_creditor_name", "original_debt_code"),
        "original_status_code",
    ),
}


def test_a_first_report_breaks_a_check_when_a_fact_is_missing(polars_engine, policy, kit):
    gaps = [("D1", name) for name in OPEN] + [(kind, name) for kind, names in OPEN_BY_TYPE.items() for name in names]
    gaps += [(kind, None) for kind in FACTS]
    facts = {}
    for number, (kind, name) in enumerate(gaps):
        recent = date(2024, 2, 10)
        of_kind = {"account_opened_on": recent, "nothing_repaid_on": recent} if kind == "C1" else {}
        facts[f"L{number}"] = FACTS[kind] | of_kind | {"first_reported_on": None} | ({name: None} if name else {})
    one = loan(due("2024-01-25", "5000"), due("2024-09-01", "10"), disbursed=PAID_OUT.isoformat())
    rows = rows_of(dict.fromkeys(facts, one))
    persons, *_ = overdue_records(polars_engine, policy, kit, rows, facts_of(polars_engine, facts))
    numbers = {row["record_no"]: row["loan_id"] for row in kit.rows(persons.records)}
    broken = {numbers[row["record_no"]] for row in judged(kit, persons, "210")}
    assert {gap for number, gap in enumerate(gaps) if f"L{number}" not in broken} == {(kind, None) for kind in FACTS}


def test_a_guaranteed_loan_without_a_guarantor_that_may_be_told_breaks_a_check(polars_engine, policy, kit):
    one = loan(due("2024-01-25", "5000"), due("2024-09-01", "10"), disbursed=PAID_OUT.isoformat())
    rows = rows_of({"L1": one}, other_borrowers=[borrower("G1", name="测试丙", id_number=NUMBERS[1])])
    guarantees = [{"loan_id": "L1", "borrower_id": "G1", "joint_guarantee_code": "0", "guarantee_number": "BZ1"}]
    account = FACTS["D1"] | {"guarantee_code": "3", "first_reported_on": None}
    known = facts_of(polars_engine, {"L1": account}, guarantees=guarantees)
    for is_reportable, expected in ((True, set()), (False, {("BLR014", "RltRepymtInfSgmt")})):
        party = ("L1", "G1", "guarantor", None, is_reportable)
        persons, *_ = overdue_records(polars_engine, policy, kit, rows, known, [party])
        assert findings(kit, persons, "210") == expected


def test_records_of_other_types_break_no_check(engine, policy, kit):
    loans_by_name = {
        "L1": loan(*monthly(1, 4, year=2024, day=25), money=[paid("200", "2024-02-29")], disbursed="2023-05-10"),
        "L2": loan(due("2024-01-25", "100"), money=[paid("100", "2024-02-20")], disbursed="2023-05-10"),
    }
    loans_by_name |= {"E1": loans_by_name["L1"], "E2": loans_by_name["L2"]}
    rows = rows_of(loans_by_name, borrowers={"E1": ENTERPRISE, "E2": ENTERPRISE})
    books, cases = engine.books(rows), cases_of(engine, "L1", "L2")
    of_enterprises = cases_of(engine, "E1", "E2")
    person = {"born_on": "1949-12-31"}
    account = FACTS["D1"] | {"five_class_on": date(2024, 2, 1)}
    known = facts_of(
        engine,
        {"L1": account | {"agreement_number": "CR1"}, "L2": account},
        persons={"borrower of L1": person, "borrower of L2": person | {"marital_code": "10", "employment_code": "70"}},
        agreements={"CR1": {"borrower_id": "borrower of L1"}},
        enterprise_accounts={"E1": {}, "E2": {}},
    )
    shared = (known, INSTITUTION, AS_OF)
    recovered = recovered_records(books, cases, *shared, policy, engine.settled)
    closed = closed_records(books, cases, *shared, ClosedAt.SETTLEMENT_DAY, policy, engine.settled)
    made = {
        "recovered": (recovered, "210", 1),
        "closed": (closed, "210", 1),
        "enterprise recovered": (
            enterprise_recovered_records(books, of_enterprises, *shared, policy, engine.settled),
            "410",
            1,
        ),
        "enterprise closed": (
            enterprise_closed_records(books, of_enterprises, *shared, policy, engine.settled),
            "410",
            1,
        ),
        "persons": (person_records(books, cases, *shared), "110", 2),
        "agreements": (agreement_records(books, cases, *shared), "220", 1),
        "corrected": (segment_corrected(closed, "H"), "212", 1),
        "base": (segment_corrected(closed, "B"), "212", 1),
        "deleted": (account_deleted(cases, known, INSTITUTION), "214", 2),
        "part": (segment_deleted(cases, known, INSTITUTION, "H", AS_OF, AS_OF), "213", 2),
        "event": (special_event(cases, known, INSTITUTION, "21", "1", AS_OF), "215", 2),
    }
    if engine.name == "duckdb":
        assert {name: len(kit.rows(records.records)) for name, (records, _, _) in made.items()} == {
            name: count for name, (_, _, count) in made.items()
        }
        return
    found = {name: findings(kit, records, of) for name, (records, of, _) in made.items()}
    # The layout asks for a next agreed payment of every account, the rules forbid it of a closed one.
    assert found.pop("enterprise closed") <= {("ABE000", "NxtAgrrRpyDate")}
    assert found.pop("persons") == {("ABR002", "InfSurcCode")}, "both borrowers have one identity"
    assert set().union(*found.values()) == set()


def random_accounts(chance, rows):
    kinds = {row["borrower_id"]: row["borrower_kind"] for row in rows["borrowers"]}
    persons, enterprises = {}, {}
    for row in rows["loans"]:
        facts = dict(FACTS[chance.choice(sorted(FACTS))])
        facts["first_reported_on"] = chance.choice([None, date(2024, 1, 31)])
        facts["account_status_code"] = chance.choice(["1", "41", "8"])
        if kinds.get(row["borrower_id"]) == "enterprise":
            known = {field.name for field in PBOC_ENTERPRISE_ACCOUNTS.fields}
            enterprises[row["loan_id"]] = {name: value for name, value in facts.items() if name in known}
        elif chance.random() < 0.9:
            persons[row["loan_id"]] = facts
    return persons, enterprises


@pytest.mark.parametrize("seed", range(2))
def test_engines_make_the_same_records(engines, policy, kit, seed):
    chance = random.Random(seed)
    rows = random_portfolio(chance, 40, AS_OF)
    persons, enterprises = random_accounts(chance, rows)
    secured = chance.sample(sorted({*persons, *enterprises}), 20)
    contracts = [
        contract(name, f"DY{number}", told=chance.choice([None, "2024-01-31"])) for name in secured for number in (1, 2)
    ]
    transactions = [transaction(name, chance.choice(["1", "4", "11"]), "2024-02-10") for name in secured]
    made = []
    for engine in engines():
        books, _, _, decisions = kit.decided(engine, rows, policy, as_of=AS_OF)
        parties = engine.settled(decide_parties(books, decisions, policy))
        known = facts_of(engine, persons, enterprises, collateral=contracts, special=transactions)
        cases = cases_of(engine, *sorted(row["loan_id"] for row in rows["loans"]))
        frozen = (books, cases, decisions, parties, known, INSTITUTION, AS_OF, policy, engine.settled)
        ended = (books, cases, known, INSTITUTION, AS_OF)
        results = [
            monthly_records(*frozen),
            enterprise_records(*frozen),
            recovered_records(*ended, policy, engine.settled),
            closed_records(*ended, ClosedAt.ANY_DAY, policy, engine.settled),
            person_records(*ended),
        ]
        results += [segment_corrected(results[0], mark) for mark in "HEK"]
        made.append(
            [(kit.rows(one.records), {path: kit.rows(rows) for path, rows in one.groups.items()}) for one in results]
        )
    assert made[0] == made[1]
    monthly, enterprise, _, _, of_persons, *corrected = (records for records, _ in made[0])
    assert min(map(len, (monthly, enterprise, of_persons, *corrected))) > 0
