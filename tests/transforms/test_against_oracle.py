"""Random portfolios through every transform on every engine, loan by loan beside the oracle of `oracle.py`."""

from pprint import pformat
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transforms.oracle import Tables, judge
from tests.transforms.portfolios import only_loan, random_facts
from tests.transforms.proving import DATASETS, DAYS, POLICY_MAKERS, few, judged, keyed

PORTFOLIOS, LOANS = 3, 600


def expected_of(facts, as_of, policy):
    """What the oracle says, by dataset and primary key."""
    rows = facts[0]
    tables = Tables(*facts)
    expected = {name: [] for name in DATASETS}
    for loan in rows["loans"]:
        found = judge(tables, loan, as_of, policy)
        if found is not None:
            expected["arrears"].append(found.arrears)
            expected["effort"].append(found.effort)
            expected["conduct_findings"] += found.conduct_findings
            expected["decisions"].append(found.decision)
            expected["party_decisions"] += found.party_decisions
    return {name: keyed(name, dataset) for name, dataset in expected.items()}


def differences(expected, got):
    """For each row that differs: its loan, dataset and key, and by field what was expected and what came."""
    found = []
    for name in DATASETS:
        for key in sorted(expected[name].keys() | got[name].keys()):
            right, ours = expected[name].get(key), got[name].get(key)
            if right != ours:
                fields = sorted((right or {}).keys() | (ours or {}).keys())
                pairs = {field: ((right or {}).get(field), (ours or {}).get(field)) for field in fields}
                wrong = {field: pair for field, pair in pairs.items() if not right or not ours or pair[0] != pair[1]}
                found.append(((right or ours)["loan_id"], name, key, wrong))
    return found


def told_alone(kit, engine, facts, as_of, policy, loan_id):
    """The rows of one loan that was judged wrongly, and whether it also is when it stands alone."""
    rows, *findings = facts
    own_findings = [[row for row in kept if row["loan_id"] == loan_id] for kept in findings]
    alone = (only_loan(rows, loan_id), *own_findings)
    still = differences(expected_of(alone, as_of, policy), judged(kit, engine, alone, as_of, policy))
    shown = {name: dataset for name, dataset in alone[0].items() if dataset and name != "quarantine"}
    return (
        f"{loan_id} alone on {engine.name} as of {as_of}, (expected, got): {pformat(still) if still else 'agrees'}\n"
        f"{pformat(shown, width=160)}\n{pformat(own_findings, width=160)}"
    )


@pytest.mark.parametrize("policy_name", POLICY_MAKERS)
def test_every_loan_is_judged_as_the_oracle_judges_it_on_every_engine(kit, engines, policy_name):
    policy = POLICY_MAKERS[policy_name]()

    @few(PORTFOLIOS)
    @given(seed=st.integers(0, 2**32), as_of=st.sampled_from(DAYS))
    def judge_portfolio(seed, as_of):
        facts = random_facts(Random(seed), LOANS, as_of, policy.time_zone)
        expected = expected_of(facts, as_of, policy)
        for engine in engines():
            found = differences(expected, judged(kit, engine, facts, as_of, policy))
            if found:
                shown = "\n".join(str(difference) for difference in found[:20])
                alone = told_alone(kit, engine, facts, as_of, policy, found[0][0])
                pytest.fail(f"{engine.name}: {len(found)} rows differ, (expected, got)\n{shown}\n{alone}")

    judge_portfolio()
