"""Each rule: the valid case with one thing changed fails exactly this rule."""

from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest

from schemas.rule_ids import RULE_IDS
from transforms.eligibility import RULES

QUARANTINED = {
    "dataset_name": "payments",
    "source_file": "payments.csv",
    "source_row": 7,
    "row_key": "P7",
    "loan_id": "L1",
    "rule_id": "payments.payment_amount.minimum",
    "field_name": "payment_amount",
    "masked_value": "-1.00",
}
DISPUTE = {"dispute_id": "D1", "loan_id": "L1", "opened_on": date(2026, 6, 15), "answered_on": None}
AGREEMENT = {"agreement_id": "A1", "loan_id": "L1", "agreed_on": date(2026, 6, 15), "agreement_status_code": "kept"}


def changed(dataset, index=0, **values):
    def change(rows, _kit):
        rows[dataset][index] |= values

    return change


def added(dataset, row):
    return lambda rows, _kit: rows[dataset].append(row)


def due_exactly_six_months_ago(rows, _kit):
    rows["instalments"][0]["due_on"] = date(2025, 12, 15)
    rows["instalments"][1]["due_on"] = date(2026, 1, 15)
    rows["payments"] = []
    for contact in rows["contacts"][:4]:
        contact["contacted_at"] = contact["contacted_at"].replace(year=2026, month=1)
    for evidence in rows["evidence"]:
        evidence["obtained_on"] = date(2026, 6, 1)


def paid_to_a_cent_below_the_floor(rows, _kit):
    for instalment, principal in zip(rows["instalments"][:2], ("600.00", "4899.99"), strict=True):
        instalment |= {name: Decimal(0) for name in ("interest_due", "fee_due", "penalty_due")}
        instalment["principal_due"] = Decimal(principal)


def contact_added(*arguments, **values):
    return lambda rows, kit: rows["contacts"].append(kit.contact_row(*arguments, **values))


def contacts_on_two_days(rows, kit):
    for contact in rows["contacts"][3:]:
        contact["contacted_at"] = kit.at("2025-11-03T15:00:00")


def contacts_of_one_channel(rows, _kit):
    for contact in rows["contacts"]:
        contact["channel_code"] = "sms"


def stopped(kind, at, **values):
    stop = {"stop_id": "T1", "borrower_id": "B1", "stop_kind_code": kind, "lifted_at": None}

    def change(rows, kit):
        rows["stops"] = [stop | {"stopped_at": kit.at(at)} | values]

    return change


def one_contact_less_and_a_stop_at_the_last(rows, kit):
    stopped("do_not_contact", "2025-12-01T21:59:59")(rows, kit)
    rows["contacts"].append(kit.contact_row(8, "2025-11-20T10:00:00"))


def a_lawyer_before_the_last_call(rows, kit):
    stopped("lawyer", "2025-12-01T21:59:59")(rows, kit)
    rows["contacts"].append(kit.contact_row(8, "2025-11-20T10:00:00"))


def reported(episode_began_on):
    row = {"loan_id": "L1", "episode_began_on": episode_began_on, "reported_on": date(2026, 6, 1)}
    return added("reported", row)


def calls_too_often(rows, kit):
    rows["contacts"].extend(kit.contact_row(number, f"2026-05-01T1{number}:00:00") for number in range(1, 5))


MUTATIONS = [
    ("E0101", due_exactly_six_months_ago),
    ("E0102", paid_to_a_cent_below_the_floor),
    ("E0201", lambda rows, _kit: rows["contacts"].pop()),
    ("E0201", contacts_on_two_days),
    ("E0201", contacts_of_one_channel),
    ("E0202", changed("contacts", 1, contact_outcome_code="no_answer")),
    ("E0202", changed("contacts", 1, counterparty_code="nobody")),
    ("E0301", contact_added(9, "2026-05-01T22:00:00")),
    ("E0302", calls_too_often),
    ("E0303", contact_added(9, "2026-05-01T10:00:00", counterparty_code="third_party", channel_code="sms")),
    ("E0304", one_contact_less_and_a_stop_at_the_last),
    ("E0305", a_lawyer_before_the_last_call),
    ("E0501", changed("loans", product_code="student")),
    ("E0501", changed("loans", product_code="down_payment")),
    ("E0502", changed("loans", annual_rate=Decimal("0.360001"))),
    ("E0601", added("disputes", DISPUTE | {"dispute_outcome_code": "open"})),
    ("E0601", added("disputes", DISPUTE | {"dispute_outcome_code": "upheld", "answered_on": date(2026, 6, 16)})),
    ("E0602", added("agreements", AGREEMENT)),
    *(
        ("E0603", changed("borrowers", protection_code=code))
        for code in ("deceased", "bankrupt", "minor", "identity_theft", "disaster_relief")
    ),
    ("E0604", changed("borrowers", id_number="110105194912310021")),
    ("E0604", changed("borrowers", id_type="uscc")),
    ("E0604", changed("borrowers", id_type="uscc", id_number="91110000600037341L")),
    ("E0605", reported(date(2025, 10, 31))),
    ("E0701", added("quarantine", QUARANTINED)),
    ("E0402", changed("evidence", 0, evidence_kind="identity")),
    ("E0402", changed("evidence", 0, obtained_on=date(2024, 6, 14))),
    ("E0402", changed("evidence", 1, obtained_on=date(2025, 10, 30))),
    ("E0402", changed("evidence", 1, obtained_on=date(2026, 6, 16))),
]


def judgment(**values):
    row = {
        "judgment_id": "J1",
        "loan_id": "L1",
        "court_name": "某某人民法院",
        "judgment_number": "(2026)001",
        "effective_on": date(2026, 6, 15),
        "evidence_id": None,
    }
    return row | values


def sentenced(**values):
    def change(rows, _kit):
        rows["evidence"] = [rows["evidence"][0] | {"evidence_kind": "judgment_document"}]
        rows["judgments"] = [judgment(**values)]

    return change


def an_answered_dispute_and_an_open_one(rows, _kit):
    rows["disputes"] = [
        DISPUTE | {"dispute_outcome_code": "upheld", "answered_on": date(2026, 6, 15)},
        DISPUTE | {"dispute_id": "D2", "dispute_outcome_code": "open"},
    ]


def an_enterprise(principal):
    def change(rows, _kit):
        rows["borrowers"][0] |= {"borrower_kind": "enterprise", "id_type": "uscc", "id_number": "91110000600037341L"}
        rows["instalments"][0]["principal_due"] = Decimal(principal)

    return change


def lawful_contact_instead_of_one(rows, kit):
    rows["contacts"][0] = kit.contact_row(9, "2026-05-02T10:00:00", channel_code="visit")


def a_bounced_payment_that_cured(rows, _kit):
    """The episode that began in October was over in January and came back the day before the reversal counted."""
    paid = rows["payments"][0] | {"payment_amount": Decimal("30000.00"), "paid_on": date(2026, 1, 5)}
    rows["payments"] += [
        paid | {"payment_id": "P2"},
        paid | {"payment_id": "P3", "payment_kind": "reversal", "booked_on": date(2026, 1, 12)},
    ]
    rows["reported"] = [
        {"loan_id": "L1", "episode_began_on": date(2025, 10, 31), "reported_on": date(2026, 1, 2)},
    ]


OTHERS = [
    (set(), lambda _rows, _kit: None),
    (set(), added("disputes", DISPUTE | {"dispute_outcome_code": "open", "opened_on": date(2026, 6, 16)})),
    (set(), added("disputes", DISPUTE | {"dispute_outcome_code": "upheld", "answered_on": date(2026, 6, 15)})),
    ({"E0601"}, an_answered_dispute_and_an_open_one),
    (set(), added("agreements", AGREEMENT | {"agreed_on": date(2026, 6, 16)})),
    (set(), added("agreements", AGREEMENT | {"agreement_status_code": "broken"})),
    (set(), added("quarantine", QUARANTINED | {"loan_id": "somebody-else"})),
    (set(), sentenced()),
    (set(), sentenced(evidence_id="V1")),
    ({"E0402"}, sentenced(effective_on=date(2026, 6, 16))),
    ({"E0402"}, sentenced(evidence_id="V9")),
    (set(), an_enterprise("39849.00")),
    ({"E0102"}, an_enterprise("39848.99")),
    (set(), lawful_contact_instead_of_one),
    (set(), reported(date(2025, 9, 30))),
    (set(), a_bounced_payment_that_cured),
    (set(), stopped("do_not_contact", "2025-12-01T22:00:00")),
]
CASES = {f"M{number}": case for number, case in enumerate([*(({rule}, change) for rule, change in MUTATIONS), *OTHERS])}


@pytest.fixture(scope="module", params=("polars", "duckdb"))
def decisions(request, policy, kit, engines):
    """Decisions of all cases in one portfolio, by loan."""
    engine = next(engine for engine in engines() if engine.name == request.param)
    rows = kit.several(
        {loan_id: (lambda rows, change=change: change(rows, kit)) for loan_id, (_, change) in CASES.items()}
    )
    return {row["loan_id"]: row for row in kit.rows(kit.decided(engine, rows, policy)[3])}


def outcomes(row):
    return {rule.rule_id for rule in RULES if not row[rule.rule_id]}


@pytest.mark.parametrize("loan_id", list(CASES))
def test_a_case_fails_exactly_the_rules_that_it_should(decisions, loan_id):
    expected = CASES[loan_id][0]
    assert outcomes(decisions[loan_id]) == expected
    assert decisions[loan_id]["is_reportable"] is not bool(expected)


def test_a_decision_names_its_policy(decisions):
    assert {(row["policy_name"], row["policy_version"]) for row in decisions.values()} == {("cn-2018", 1)}


def test_judgments_in_effect_are_seen(decisions):
    seen = {loan_id for loan_id, row in decisions.items() if row["has_judgment"]}
    first = len(MUTATIONS) + [change for _, change in OTHERS].index(OTHERS[7][1])
    assert seen == {f"M{first}", f"M{first + 1}"}


def test_a_lost_row_of_the_borrower_blocks(polars_engine, policy, kit, rows):
    lost = QUARANTINED | {"dataset_name": "stops", "row_key": "T1", "loan_id": None, "borrower_id": "B1"}
    rows["quarantine"] = [lost | {"borrower_id": "B2"}]
    (row,) = kit.rows(kit.decided(polars_engine, rows, policy)[3])
    assert outcomes(row) == set()
    rows["quarantine"] = [lost]
    (row,) = kit.rows(kit.decided(polars_engine, rows, policy)[3])
    assert outcomes(row) == {"E0701"}


def test_a_lost_row_that_names_nobody_warns(polars_engine, policy, kit, rows):
    rows["quarantine"] = [QUARANTINED | {"loan_id": None}]
    (row,) = kit.rows(kit.decided(polars_engine, rows, policy)[3])
    assert outcomes(row) == {"W0702"}
    assert row["is_reportable"] is True


@pytest.mark.parametrize("code", ["missing", "outside", "wrong_size", "altered", "unreadable", None])
def test_evidence_that_is_not_intact_is_none_and_blocks(polars_engine, policy, kit, rows, code):
    findings = kit.intact_findings(rows)
    if code is None:
        findings.pop()
    else:
        findings[1]["finding_code"] = code
    (row,) = kit.rows(kit.decided(polars_engine, rows, policy, findings=findings)[3])
    assert outcomes(row) == {"E0401", "E0402"}
    assert (row["is_ability_documented"], row["is_refusal_documented"]) == (True, False)


def test_doubtful_evidence_blocks_even_when_a_judgment_replaces_it(polars_engine, policy, kit, rows):
    rows["judgments"] = [judgment()]
    findings = [finding | {"finding_code": "altered"} for finding in kit.intact_findings(rows)]
    (row,) = kit.rows(kit.decided(polars_engine, rows, policy, findings=findings)[3])
    assert outcomes(row) == {"E0401"}


def test_a_breach_that_the_policy_only_shows_does_not_block(polars_engine, policy, kit, rows):
    blocking = policy.conduct.blocking_breaches.model_copy(update={"value": ("frequency",)})
    lenient = policy.model_copy(update={"conduct": policy.conduct.model_copy(update={"blocking_breaches": blocking})})
    rows["contacts"].append(kit.contact_row(9, "2026-05-01T22:00:00"))
    (row,) = kit.rows(kit.decided(polars_engine, rows, lenient)[3])
    assert outcomes(row) == {"E0301"}
    assert row["is_reportable"] is True


def test_contacts_by_unregistered_staff_and_without_recording_are_shown(polars_engine, policy, kit, rows):
    rows["staff"] = []
    (row,) = kit.rows(kit.decided(polars_engine, rows, policy)[3])
    assert (outcomes(row), row["is_reportable"]) == ({"E0306"}, True)
    rows = kit.reportable_rows()
    rows["contacts"][0]["counterparty_code"] = "borrower"
    (row,) = kit.rows(kit.decided(polars_engine, rows, policy)[3])
    assert (outcomes(row), row["is_reportable"]) == ({"E0307"}, True)


def test_a_threat_in_a_transcript_blocks(polars_engine, policy, kit, rows):
    contact = rows["contacts"][4]
    finding = {
        "contact_id": contact["contact_id"],
        "turn_no": 2,
        "offset_characters": 4,
        "language_code": "threat",
        "phrase": "不得安宁",
        "speaker_code": "collector",
        "loan_id": "L1",
        "contacted_at": contact["contacted_at"],
    }
    rows["contacts"].append(kit.contact_row(8, "2025-11-20T10:00:00"))
    (row,) = kit.rows(kit.decided(polars_engine, rows, policy, language=[finding])[3])
    assert (outcomes(row), row["is_reportable"]) == ({"E0308"}, False)


def test_arrears_can_be_too_old_to_be_reported(polars_engine, us_policy, kit, rows):
    rows["borrowers"][0] |= {"id_type": "ssn", "id_number": "123456789"}
    rows["contacts"] = []
    rows["instalments"][0]["due_on"] = date(2018, 12, 18)
    days = {date(2026, 6, 16): set(), date(2026, 6, 17): {"E0103"}}
    for as_of, expected in days.items():
        row = next(iter(kit.rows(kit.decided(polars_engine, rows, us_policy, as_of=as_of)[3])))
        assert outcomes(row) - {"E0201", "E0202"} == expected
        assert row["is_reportable"] is not bool(expected)


def test_what_a_policy_only_shows_does_not_block(us_policy):
    shown = {rule.rule_id for rule in RULES if not rule.is_blocking(us_policy)}
    assert shown == {"E0201", "E0202", "E0301", "E0302", "E0303", "E0304", "E0306", "E0307", "E0308"} | {
        "E0402",
        "E0602",
        "W0702",
    }


def test_rules_stand_in_the_order_of_their_ids_table():
    assert tuple(rule.rule_id for rule in RULES) == RULE_IDS


def sources_of(key, *policies):
    """The sources of a number in the policies that have it."""
    found = []
    for policy in policies:
        with suppress(KeyError):
            found.append(policy.sourced(key).source)
    return found


def test_every_rule_has_a_mutation_and_explains_itself(policy, us_policy):
    mutated = {rule_id for rule_id, _ in MUTATIONS}
    mutated |= {"E0103", "E0306", "E0307", "E0308", "E0401", "W0702"}
    assert {rule.rule_id for rule in RULES} == mutated
    assert len({rule.rule_id for rule in RULES}) == len({rule.name for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule.title_en
        assert rule.title_zh
        assert rule.source
        assert rule.severity == {"E": "blocks", "W": "warns"}[rule.rule_id[0]]
        for key in rule.numbers:
            if key not in ("conduct.frequency", "conduct.after_talk"):
                assert sources_of(key, policy, us_policy)
