"""Portfolios prove little unless they hold loans on both sides of every border."""

from datetime import date
from random import Random

import pyarrow as pa
import pytest

from schemas import codes
from schemas.datasets import EVIDENCE_FINDINGS, LANGUAGE_FINDINGS, QUARANTINE, REPORTED, SOURCES
from schemas.rule_ids import RULE_IDS
from tests.transforms.oracle import Tables, is_blocking, judge
from tests.transforms.portfolios import random_facts
from tests.transforms.proving import read_policy

AS_OF = date(2026, 6, 15)
LOANS = 3_000


@pytest.fixture(scope="module")
def facts():
    return random_facts(Random(11), LOANS, AS_OF)


@pytest.fixture(scope="module")
def judged_loans(facts):
    policy = read_policy("cn-2018")
    tables = Tables(*facts)
    found = (judge(tables, loan, AS_OF, policy) for loan in facts[0]["loans"])
    return policy, [loan for loan in found if loan is not None]


def failing(decision):
    return {rule_id for rule_id in RULE_IDS if not decision[rule_id]}


def test_all_rows_fit_their_contract_and_no_key_stands_twice(facts):
    rows, findings, language = facts
    rows = rows | {"evidence_findings": findings, "language_findings": language}
    for dataset in (*SOURCES, QUARANTINE, REPORTED, EVIDENCE_FINDINGS, LANGUAGE_FINDINGS):
        kept = rows[dataset.name]
        pa.Table.from_pylist(kept, dataset.arrow_schema()).validate(full=True)
        assert len({tuple(row[field] for field in dataset.primary_key) for row in kept}) == len(kept) > 0, dataset.name


def test_a_quarter_to_a_half_is_reportable(judged_loans):
    _, loans = judged_loans
    assert LOANS / 4 < sum(loan.decision["is_reportable"] for loan in loans) < LOANS / 2


def test_every_rule_that_blocks_fails_alone_for_some_loan(judged_loans):
    policy, loans = judged_loans
    blocking = {rule_id for rule_id in RULE_IDS if is_blocking(rule_id, policy)}
    alone = [failing(loan.decision) & blocking for loan in loans]
    # Nothing is too old under this policy.
    assert {rule_id for failed in alone if len(failed) == 1 for rule_id in failed} == blocking - {"E0103"}


def test_every_rule_that_only_shows_is_met_by_some_loans_and_failed_by_others(judged_loans):
    policy, loans = judged_loans
    shown = {rule_id for rule_id in RULE_IDS if not is_blocking(rule_id, policy)} - {"W0702"}
    assert shown == {"E0306", "E0307"}
    assert all(0 < sum(loan.decision[rule_id] for loan in loans) < len(loans) for rule_id in shown)


def test_every_status_is_met(judged_loans):
    _, loans = judged_loans
    assert set("".join(loan.arrears["repayment_history"] for loan in loans)) == set(codes.REPAYMENT_STATUS)


def test_episodes_often_began_before_or_after_the_first_missed_date(judged_loans):
    _, loans = judged_loans
    pairs = [(loan.arrears["episode_began_on"], loan.arrears["first_missed_on"]) for loan in loans]
    assert sum(began_on < missed_on for began_on, missed_on in pairs) > LOANS / 50
    assert sum(began_on > missed_on for began_on, missed_on in pairs) > LOANS / 50
