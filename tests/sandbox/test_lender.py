"""The made-up lender, judged from its exported files by `lender_oracle`."""

import csv
import hashlib
import importlib.util
import io
import json
import re
import subprocess
import sys
import wave
import zlib
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path

import polars as pl
import pytest

from sandbox.lender import make, make_lender
from sandbox.lender.broken import BREAKS
from sandbox.lender.days import day_in_month, day_of, last_day_over, plus_months
from schemas.datasets import DATASETS, SOURCES
from schemas.errors import ArrearsError
from schemas.fields import FIELDS
from schemas.sources import parse_source_book

_spec = importlib.util.spec_from_file_location("lender_oracle", Path(__file__).with_name("lender_oracle.py"))
oracle = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(oracle)

FIRST, SECOND = date(2026, 6, 30), date(2026, 9, 7)
LOANS = 2_000
GRACE_END = date(2026, 8, 30)


@dataclass
class Lender:
    """A lender made once for all tests, with what they read from it."""

    facts: make.LenderFacts
    truth: list[dict]
    broken: dict[date, list[dict]]
    files: dict[tuple[date, str], dict[str, list[dict]]]
    rows: dict[tuple[date, str], list[dict]]

    def named(self, *profiles: str) -> list[dict]:
        return [row for row in self.truth if row["profile"] in profiles]

    def of_loans(self, as_of: date, dataset: str, loan_column: str) -> dict[str, list[dict]]:
        found = defaultdict(list)
        for row in self.rows[as_of, dataset]:
            found[row[loan_column]].append(row)
        return found


@pytest.fixture(scope="module")
def lender(tmp_path_factory: pytest.TempPathFactory) -> Lender:
    root = tmp_path_factory.mktemp("made") / "lender"
    return read_lender(make_lender(root, loans=LOANS, seed=7, as_of_dates=[FIRST, SECOND]))


@pytest.fixture(scope="module")
def ruined(tmp_path_factory: pytest.TempPathFactory) -> Lender:
    """A small lender of whose rows most are broken, so that each way has its turn."""
    root = tmp_path_factory.mktemp("ruined") / "lender"
    return read_lender(make_lender(root, loans=300, seed=7, as_of_dates=[SECOND], broken_share=2.5))


def read_lender(facts: make.LenderFacts) -> Lender:
    root = facts.root
    broken = pl.read_parquet(root / "broken.parquet").partition_by("as_of", as_dict=True)
    broken = {key[0]: frame.to_dicts() for key, frame in broken.items()}
    files = {
        (as_of, dataset.name): oracle.read_dataset(folder, dataset.name)
        for as_of, folder in facts.extracts.items()
        for dataset in SOURCES
    }
    rows = {(as_of, name): oracle.sound_rows(found, name, broken[as_of]) for (as_of, name), found in files.items()}
    return Lender(facts, pl.read_parquet(root / "truth.parquet").to_dicts(), broken, files, rows)


@pytest.fixture(scope="module")
def arrears(lender: Lender) -> dict[date, dict[str, tuple[date, Decimal]]]:
    return {
        as_of: oracle.arrears(
            lender.rows[as_of, "instalments"], lender.rows[as_of, "payments"], lender.rows[as_of, "schedules"], as_of
        )
        for as_of in (FIRST, SECOND)
    }


def hashes(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


# Identity


@pytest.mark.parametrize(
    ("is_valid", "number"),
    [
        (oracle.is_resident_id, "11010519491231002X"),
        (oracle.is_resident_id, "110101199003071233"),
        (oracle.is_uscc, "91110000600037341L"),
        (oracle.is_uscc, "91350100M000100Y43"),
        (oracle.is_organisation_code, "D2143569X"),
    ],
)
def test_the_oracle_knows_published_numbers(is_valid, number):
    assert is_valid(number)
    assert not is_valid(number[:-1] + ("1" if number[-1] != "1" else "2"))


def test_check_digits_are_right_except_where_a_profile_wants_them_wrong(lender):
    wrong = {row["borrower_id"] for row in lender.named("wrong_check")}
    borrowers = [row for row in lender.rows[FIRST, "borrowers"] if not row["客户编号"].startswith("BX")]
    kinds = Counter()
    for row in borrowers:
        number = row["证件号码"].strip().upper()
        is_valid = oracle.is_resident_id if row["客户类型"] == "个人" else oracle.is_uscc
        kinds[row["客户类型"]] += 1
        assert len(number) == 18
        assert is_valid(number) == (row["客户编号"] not in wrong)
    assert 0.03 < kinds["企业"] / len(borrowers) < 0.07
    assert len({row["证件号码"].strip().upper() for row in borrowers}) == len(borrowers)


def test_nobody_can_hold_the_numbers(lender):
    for row in lender.rows[FIRST, "borrowers"]:
        number = row["证件号码"].strip().upper()
        assert number[2:4] == "99" if row["客户类型"] == "企业" else number[:2] == "99"
        assert re.sub(r"^\+86|\s", "", row["手机号码"]).startswith("154")
        assert row["电子邮箱"] == "" or row["电子邮箱"].endswith(".example")


def test_borrowers_are_of_age_except_minors(lender):
    borrowers = {row["客户编号"]: row for row in lender.rows[FIRST, "borrowers"]}
    disbursed = {row["借据号"]: oracle.day(row["放款日期"]) for row in lender.rows[FIRST, "loans"]}
    minors = {row["loan_id"] for row in lender.named("minor")}
    assert minors
    for row in lender.truth:
        if not row["is_enterprise"]:
            born = oracle.day(borrowers[row["borrower_id"]]["证件号码"].strip()[6:14])
            is_minor = oracle.add_months(born, 18 * 12) > disbursed[row["loan_id"]]
            assert is_minor == (row["loan_id"] in minors) or row["borrower_id"][1:] != row["loan_id"][1:]


def test_lenders_habits_are_there(lender):
    borrowers = lender.rows[FIRST, "borrowers"]
    assert any(row["证件号码"].endswith("x") for row in borrowers)
    assert any(row["手机号码"].startswith("+86 ") for row in borrowers)
    assert any(re.fullmatch(r"\d{3} \d{4} \d{4}", row["手机号码"]) for row in borrowers)
    assert any(row["客户名称"] != row["客户名称"].strip() for row in borrowers)
    amounts = [row["放款金额"] for row in lender.rows[FIRST, "loans"]]
    assert {"¥", ",", "０"} <= set("".join(amounts))
    assert all(oracle.amount(text) % 100 == 0 for text in amounts)
    dates = [row["放款日期"] for row in lender.rows[FIRST, "loans"]]
    assert all(re.fullmatch(r"20\d\d/[1-9]\d?/[1-9]\d?", text) for text in dates)
    assert {"电话", "人工电话", "智能语音", "短信", "微信", "上门", "信函", "邮件"} == {
        row["催收方式"] for row in lender.rows[FIRST, "contacts"]
    }
    bouncing = sum(row["电子邮箱"].endswith("@bounce.example") for row in borrowers)
    empty = sum(row["电子邮箱"] == "" for row in borrowers)
    assert 0.025 < bouncing / len(borrowers) < 0.055
    assert 0 < empty / len(borrowers) < 0.03


# Arrears


def test_the_share_in_arrears_is_that_of_a_bad_lender(lender, arrears):
    assert 0.10 < len(arrears[FIRST]) / LOANS < 0.15
    over = [loan for loan, (missed, _) in arrears[FIRST].items() if oracle.add_months(missed, 6) < FIRST]
    assert 0.05 < len(over) / LOANS < 0.075
    assert 0.015 < sum(row["is_reportable"] for row in lender.truth) / LOANS < 0.025


def test_arrears_start_when_they_are_meant_to(lender, arrears):
    for row in lender.truth:
        found = arrears[FIRST].get(row["loan_id"])
        if row["profile"] == "healthy":
            assert found is None or (FIRST - found[0]).days <= 20
        else:
            assert found[0] == row["first_missed_on"]


def test_amounts_lie_clearly_on_one_side_of_the_floor(lender, arrears):
    for as_of in (FIRST, SECOND):
        for row in lender.truth:
            if row["profile"] in {"healthy", "mild"} or row["grace_outcome"] == "paid":
                continue
            floor = 50_000 if row["is_enterprise"] else 5_000
            overdue = arrears[as_of][row["loan_id"]][1]
            if row["profile"] == "small":
                assert overdue < floor
            else:
                assert overdue >= 2 * floor


def test_six_months_are_judged_by_the_calendar(lender, arrears):
    limits = {row["profile"]: arrears[FIRST][row["loan_id"]][0] for row in lender.named("boundary")}
    assert oracle.add_months(limits["boundary"], 6) == FIRST
    reported = [arrears[FIRST][row["loan_id"]][0] for row in lender.truth if row["is_reportable"]]
    assert max(reported) == date(2025, 12, 29)
    assert all(oracle.add_months(missed, 6) < FIRST for missed in reported)
    assert 6 <= (FIRST - min(reported)).days / 30.5 <= 22


def test_terms_amounts_and_dates_of_instalments_agree_with_the_loan(lender):
    loans = {row["借据号"]: row for row in lender.rows[FIRST, "loans"]}
    for loan, rows in lender.of_loans(FIRST, "instalments", "LOAN_NO").items():
        rows = [row for row in rows if row["TERM_NO"] < 1_000 and row["PLAN_NO"] == 1]
        assert [row["TERM_NO"] for row in rows] == list(range(1, len(rows) + 1))
        assert 6 <= len(rows) <= 36
        assert sum(row["PRIN_DUE"] for row in rows) == oracle.amount(loans[loan]["放款金额"])
        assert rows[-1]["DUE_DATE"] == oracle.day(loans[loan]["到期日期"])
        assert oracle.day(loans[loan]["放款日期"]) < rows[0]["DUE_DATE"]


# Conduct

RULE_OF = {
    "attempts": "E0201",
    "days": "E0201",
    "channels": "E0201",
    "reached_or_lost": "E0202",
    "quiet_hours": "E0301",
    "frequency": "E0302",
    "third_parties": "E0303",
    "stopped": "E0304",
    "represented": "E0305",
    "unregistered": "E0306",
    "unrecorded": "E0307",
    "language": "E0308",
}
SHOWN = {"E0306", "E0307"}


def conduct_of(lender: Lender, as_of: date) -> dict[str, set[str]]:
    """Rules that the contacts of each seriously overdue loan break, under the names of the oracle."""
    contacts, stops = lender.of_loans(as_of, "contacts", "借据号"), lender.of_loans(as_of, "stops", "客户编号")
    staff = {row["工号"]: row for row in lender.rows[as_of, "staff"]}
    recordings = {
        (row["evidence_no"], row["loan_no"]) for row in lender.rows[as_of, "evidence"] if row["kind"] == "录音"
    }
    return {
        row["loan_id"]: oracle.conduct(
            contacts[row["loan_id"]], row["first_missed_on"], stops[row["borrower_id"]], staff, recordings
        )
        for row in lender.truth
        if row["profile"] not in {"healthy", "mild"}
    }


def test_each_loan_breaks_the_rules_of_conduct_that_the_truth_says(lender):
    broken = conduct_of(lender, FIRST)
    for row in lender.truth:
        if row["fails"] is not None:
            meant = set(row["fails"]) & set(RULE_OF.values())
            assert {RULE_OF[name] for name in broken[row["loan_id"]]} == meant, row["profile"]
    assert {RULE_OF[name] for names in broken.values() for name in names} == set(RULE_OF.values())
    # Each of the three ways to make too little effort has a profile of its own.
    assert {"attempts", "days", "channels"} <= set().union(*broken.values())
    for profile, name in (("few_attempts", "attempts"), ("few_days", "days"), ("one_channel", "channels")):
        assert all(broken[row["loan_id"]] & {"attempts", "days", "channels"} == {name} for row in lender.named(profile))


def test_collection_goes_on_as_it_began(lender):
    first, second = conduct_of(lender, FIRST), conduct_of(lender, SECOND)
    for loan, broken in first.items():
        assert {RULE_OF[name] for name in second[loan] ^ broken} <= SHOWN


def test_what_can_be_reported_was_collected_lawfully_at_both_dates(lender):
    broken = {as_of: conduct_of(lender, as_of) for as_of in (FIRST, SECOND)}
    for row in lender.truth:
        if row["is_reportable"]:
            for as_of in (FIRST, SECOND):
                assert {RULE_OF[name] for name in broken[as_of][row["loan_id"]]} <= SHOWN


OWN_RULES = {
    "reached": [],
    "lost": [],
    "judged": [],
    "quiet_hours": ["E0301"],
    "over_frequency": ["E0302"],
    "third_party": ["E0303"],
    "few_attempts": ["E0201"],
    "few_days": ["E0201"],
    "one_channel": ["E0201"],
    "not_reached": ["E0202"],
    "no_ability": ["E0402"],
    "no_refusal": ["E0402"],
    "pending_judgment": ["E0402"],
    "small": ["E0102"],
    "open_dispute": ["E0601"],
    "kept_agreement": ["E0602"],
    "deceased": ["E0603"],
    "bankrupt": ["E0603"],
    "minor": ["E0603"],
    "identity_theft": ["E0603"],
    "disaster_relief": ["E0603"],
    "student": ["E0501"],
    "down_payment": ["E0501"],
    "dear": ["E0502"],
    "wrong_check": ["E0604"],
    "evidence_missing": ["E0401", "E0402"],
    "evidence_altered": ["E0401", "E0402"],
    "evidence_wrong_size": ["E0401"],
    "evidence_outside": ["E0401"],
    "boundary": ["E0101"],
    "broken_payment": ["E0701"],
}
MISFORTUNES = {"E0304", "E0305", "E0306", "E0307", "E0308"}


def test_the_truth_names_the_rules_that_each_profile_fails(lender):
    for row in lender.truth:
        if row["profile"] in {"healthy", "mild"}:
            assert row["fails"] is None
        else:
            assert [rule for rule in row["fails"] if rule not in MISFORTUNES] == OWN_RULES[row["profile"]]
            assert row["fails"] == sorted(row["fails"])
            assert row["is_reportable"] == (set(row["fails"]) <= SHOWN)


def test_what_is_only_shown_is_rare(lender):
    serious = [row for row in lender.truth if row["fails"] is not None]
    for rule in SHOWN:
        assert 0 < sum(rule in row["fails"] for row in serious) < 0.15 * len(serious)


def test_lost_borrowers_were_never_reached(lender):
    contacts = lender.of_loans(SECOND, "contacts", "借据号")
    lost = lender.named("lost")
    assert lost
    for row in lost:
        assert all(contact["接触对象"] == "未接触" for contact in contacts[row["loan_id"]])


def test_transcripts_are_dialogues_and_some_threaten(lender):
    spoken = [row for row in lender.rows[FIRST, "contacts"] if "借款人：" in row["沟通内容"]]
    assert len(spoken) > 300
    assert all(re.fullmatch(r"(?:(?:催收员|借款人)：.+\n?)+", row["沟通内容"]) for row in spoken)
    assert all(row["接触对象"] == "本人" for row in spoken)
    threatened = {row["借据号"] for row in spoken if oracle.THREATS.search(row["沟通内容"])}
    assert threatened == {row["loan_id"] for row in lender.truth if row["has_threat"]}
    assert threatened == {row["loan_id"] for row in lender.truth if "E0308" in (row["fails"] or ())}
    assert 0 < len(threatened) < 0.005 * LOANS
    assert not any(row["is_reportable"] for row in lender.truth if row["has_threat"])


def test_stops_are_kept_to_by_most_and_withdrawn_before_collection_goes_on(lender):
    early = {row["登记编号"]: row for row in lender.rows[FIRST, "stops"]}
    late = {row["登记编号"]: row for row in lender.rows[SECOND, "stops"]}
    fails = {row["borrower_id"]: row["fails"] for row in lender.truth if row["fails"] is not None}
    assert set(early) == set(late)
    broken, kept = Counter(), Counter()
    for key, row in early.items():
        assert row["撤回时间"] == ""
        rule = RULE_OF[oracle.STOP_RULES[row["事由"]]]
        if row["客户编号"] in fails and rule in fails[row["客户编号"]]:
            broken[rule] += 1
            assert late[key] == row
        elif row["客户编号"] in fails:
            kept[rule] += 1
            assert oracle.moment(late[key]["撤回时间"]).date() == date(2026, 7, 7)
    assert min(broken["E0304"], broken["E0305"], kept["E0304"], kept["E0305"]) >= 1
    assert sum(row["客户编号"] not in fails for row in early.values()) >= 1


def test_the_register_names_all_collectors_but_one(lender):
    named = {row["催收员工号"] for row in lender.rows[SECOND, "contacts"]} - {"—"}
    register = {row["工号"]: row for row in lender.rows[SECOND, "staff"] if "X" not in row["工号"]}
    assert len(register) == 119
    assert len(named - set(register)) == 1
    ended = {as_of: sum(row["注销日期"] != "" for row in lender.rows[as_of, "staff"]) for as_of in (FIRST, SECOND)}
    assert (ended[FIRST], ended[SECOND]) == (2, 3)


# Schedules and parties


def restructured(lender: Lender) -> list[dict]:
    return [row for row in lender.truth if row["is_restructured"]]


def test_a_few_schedules_were_replaced_and_some_were_missed_again(lender):
    profiles = Counter(row["profile"] in {"healthy"} for row in restructured(lender))
    assert profiles[True] >= 2
    assert profiles[False] >= 2
    schedules = {row["LOAN_NO"]: row for row in lender.rows[FIRST, "schedules"]}
    assert set(schedules) == {row["loan_id"] for row in restructured(lender)}
    assert schedules.keys() == {row["LOAN_NO"] for row in lender.rows[FIRST, "instalments"] if row["PLAN_NO"] == 2}


def test_a_new_schedule_spreads_what_was_missed_and_ends_the_arrears(lender):
    loans = {row["借据号"]: row for row in lender.rows[FIRST, "loans"]}
    instalments = lender.of_loans(FIRST, "instalments", "LOAN_NO")
    payments = lender.of_loans(FIRST, "payments", "LOAN_NO")
    schedules = lender.of_loans(FIRST, "schedules", "LOAN_NO")
    for row in restructured(lender):
        loan = row["loan_id"]
        (schedule,) = schedules[loan]
        effective_on = oracle.day(schedule["EFF_DATE"])
        assert oracle.day(loans[loan]["放款日期"]) < effective_on < FIRST
        last, first = (
            oracle.arrears(instalments[loan], payments[loan], schedules[loan], on)
            for on in (effective_on - timedelta(days=1), effective_on)
        )
        assert loan in last
        assert first == {}
        missed_on = last[loan][0]
        first_version, second = (
            [each for each in instalments[loan] if each["PLAN_NO"] == number and each["TERM_NO"] < 1_000]
            for number in (1, 2)
        )
        left = [each for each in first_version if each["DUE_DATE"] >= missed_on]
        for amount in ("PRIN_DUE", "INT_DUE", "FEE_DUE"):
            assert sum(each[amount] for each in left) == sum(each[amount] for each in second)
        assert min(each["DUE_DATE"] for each in second) > effective_on
        assert [each["TERM_NO"] for each in second] == [each["TERM_NO"] for each in first_version][-len(second) :]
        # Penalties on what was missed end with the first version.
        assert all(each["PENALTY_DUE"] < Decimal("0.05") * (each["PRIN_DUE"] + each["INT_DUE"]) for each in left)


def test_parties_are_other_borrowers_of_the_lender_who_pay_their_own_loans(lender):
    borrowers = {row["客户编号"] for row in lender.rows[FIRST, "borrowers"]}
    loans = {row["借据号"]: row for row in lender.rows[FIRST, "loans"]}
    in_arrears = {row["borrower_id"] for row in lender.truth if row["profile"] != "healthy"}
    kinds = Counter()
    for row in lender.rows[FIRST, "liabilities"]:
        kinds[row["责任类型"]] += 1
        assert row["客户编号"] in borrowers - in_arrears
        assert row["客户编号"] != loans[row["借据号"]]["客户编号"]
        if row["责任限额"]:
            assert row["责任类型"] != "共同借款人"
            assert 0 < 2 * oracle.amount(row["责任限额"]) <= oracle.amount(loans[row["借据号"]]["放款金额"])
    assert set(kinds) == {"共同借款人", "保证人", "担保人"}
    assert 0.02 < sum(kinds.values()) / LOANS < 0.05
    assert lender.rows[FIRST, "liabilities"] == lender.rows[SECOND, "liabilities"]


# Reasons that are no conduct


def test_products_rates_protections_and_evidence_are_what_the_profile_says(lender):
    loans = {row["借据号"]: row for row in lender.rows[FIRST, "loans"]}
    borrowers = {row["客户编号"]: row for row in lender.rows[FIRST, "borrowers"]}
    evidence = lender.of_loans(FIRST, "evidence", "loan_no")
    labels = {
        "deceased": "死亡",
        "bankrupt": "破产",
        "minor": "未成年",
        "identity_theft": "冒名贷款",
        "disaster_relief": "受灾纾困",
    }
    for row in lender.truth:
        if row["profile"] in {"healthy", "mild"}:
            continue
        loan, profile = loans[row["loan_id"]], row["profile"]
        kinds = {piece["kind"] for piece in evidence[row["loan_id"]]}
        assert (Decimal(loan["年化利率"]) > Decimal("0.36")) == (profile == "dear")
        assert (loan["产品"] == "助学贷") == (profile == "student")
        assert (loan["产品"] == "首付贷") == (profile == "down_payment")
        assert borrowers[row["borrower_id"]]["特殊情形"] == labels.get(profile, "正常")
        assert ("偿还能力证明" in kinds) == (profile not in {"no_ability", "judged", "pending_judgment"})
        assert ("拒绝还款证明" in kinds) == (profile not in {"no_refusal", "judged", "pending_judgment"})
        for piece in evidence[row["loan_id"]]:
            if piece["kind"] in {"偿还能力证明", "拒绝还款证明"}:
                assert row["first_missed_on"] <= oracle.day(piece["obtained"]) < FIRST


def test_judgments_are_in_effect_or_pending_as_the_profile_says(lender):
    evidence = {row["evidence_no"]: row for row in lender.rows[FIRST, "evidence"]}
    judgments = {row["借据号"]: row for row in lender.rows[FIRST, "judgments"]}
    assert all(oracle.day(judgments[row["loan_id"]]["生效日期"]) <= FIRST for row in lender.named("judged"))
    assert all(oracle.day(judgments[row["loan_id"]]["生效日期"]) > SECOND for row in lender.named("pending_judgment"))
    for loan, row in judgments.items():
        assert evidence[row["证据编号"]]["loan_no"] == loan
        assert evidence[row["证据编号"]]["kind"] == "判决书"


def test_open_disputes_and_kept_agreements_are_where_they_belong(lender):
    for as_of, new in ((FIRST, set()), (SECOND, {"disputed", "agreed"})):
        disputes = lender.of_loans(as_of, "disputes", "借据号")
        agreements = lender.of_loans(as_of, "agreements", "loan_no")
        for row in lender.truth:
            if row["profile"] in {"healthy", "mild"}:
                continue
            is_open = any(each["处理结果"] == "处理中" for each in disputes[row["loan_id"]])
            is_kept = any(each["status"] == "履行中" for each in agreements[row["loan_id"]])
            outcome = row["grace_outcome"] if row["grace_outcome"] in new else ""
            assert is_open == (row["profile"] == "open_dispute" or outcome == "disputed")
            assert is_kept == (row["profile"] == "kept_agreement" or outcome == "agreed")
        for rows in disputes.values():
            assert all((each["处理结果"] == "处理中") == (each["答复日期"] == "") for each in rows)


# The grace period


def test_outcomes_have_their_shares_and_happen_inside_the_grace_period(lender, arrears):
    outcomes, reportable = lender.facts.outcomes, sum(lender.facts.outcomes.values())
    assert outcomes["paid"] == round(0.12 * reportable)
    assert outcomes["disputed"] == round(0.04 * reportable)
    assert outcomes["agreed"] == round(0.02 * reportable)
    assert outcomes["died"] == 1
    died = {row["borrower_id"] for row in lender.truth if row["grace_outcome"] == "died"}
    for as_of, label in ((FIRST, "正常"), (SECOND, "死亡")):
        assert {row["特殊情形"] for row in lender.rows[as_of, "borrowers"] if row["客户编号"] in died} == {label}
    for row in lender.truth:
        if row["is_reportable"]:
            assert row["loan_id"] in arrears[FIRST]
            assert (row["loan_id"] in arrears[SECOND]) == (row["grace_outcome"] != "paid")
    opened = [oracle.day(row["提出日期"]) for row in lender.rows[SECOND, "disputes"]]
    assert all(on <= GRACE_END for on in opened)
    assert sum(on > FIRST for on in opened) == outcomes["disputed"]


def test_the_later_extract_is_the_same_book_further_on(lender):
    for dataset in ("payments", "contacts", "evidence", "judgments", "agreements"):
        key = oracle.KEYS[dataset]
        early = {row[key]: row for row in lender.rows[FIRST, dataset] if "X" not in row[key]}
        late = {row[key]: row for row in lender.rows[SECOND, dataset]}
        assert early == {each: late[each] for each in early}
    assert len(lender.rows[SECOND, "payments"]) > 1.05 * len(lender.rows[FIRST, "payments"])
    assert len(lender.rows[SECOND, "contacts"]) > 1.1 * len(lender.rows[FIRST, "contacts"])
    booked = [oracle.day(row["BOOK_DATE"]) for row in lender.rows[FIRST, "payments"]]
    assert max(booked) <= FIRST
    assert max(row["催收时间"] for row in lender.rows[FIRST, "contacts"]) < "2026-07-01"


# Evidence files


def test_evidence_files_are_what_is_declared_except_the_flawed_ones(lender):
    flawed = {"evidence_missing": 0, "evidence_altered": 0, "evidence_wrong_size": 0, "evidence_outside": 0}
    profiles = {row["loan_id"]: row["profile"] for row in lender.truth}
    found = set()
    for row in lender.rows[SECOND, "evidence"]:
        if row["evidence_no"].startswith("EX"):
            continue
        path = lender.facts.evidence / row["path"]
        if not path.resolve().is_relative_to(lender.facts.evidence.resolve()):
            finding = "evidence_outside"
        elif not path.exists():
            finding = "evidence_missing"
        elif path.stat().st_size != int(row["size"]):
            finding = "evidence_wrong_size"
        elif hashlib.sha256(path.read_bytes()).hexdigest() != row["sha256"]:
            finding = "evidence_altered"
        else:
            finding = ""
            found.add(path.suffix)
        if finding:
            flawed[finding] += 1
            assert profiles[row["loan_no"]] == finding
    assert flawed == {name: lender.facts.profiles[name] for name in flawed}
    assert found == {".png", ".pdf", ".wav", ".txt"}
    assert lender.facts.evidence_files == sum(1 for path in lender.facts.evidence.rglob("*") if path.is_file())


def test_evidence_files_can_be_opened(lender):
    rows = {row["kind"]: lender.facts.evidence / row["path"] for row in lender.rows[FIRST, "evidence"]}
    with wave.open(str(rows["录音"])) as recording:
        assert recording.getnframes() == 800
        assert set(recording.readframes(800)) == {0x80}
    document = rows["身份证件"].read_bytes()
    assert document.startswith(b"\x89PNG\r\n\x1a\n")
    assert zlib.crc32(document[12:29]) == int.from_bytes(document[29:33], "big")
    page = rows["偿还能力证明"].read_bytes()
    xref = int(re.search(rb"startxref\n(\d+)\n", page)[1])
    assert page[xref : xref + 4] == b"xref"
    offsets = [int(each) for each in re.findall(rb"(\d{10}) 00000 n", page)]
    assert [page[offset : offset + 7] for offset in offsets] == [b"%d 0 obj" % number for number in range(1, 6)]
    assert "送达回执" in rows["送达回执"].read_text(encoding="utf-8")


# The form of the extracts


def test_source_book_names_exactly_the_columns_that_are_there(lender):
    book = parse_source_book(lender.facts.sources.read_text(encoding="utf-8"), file="sources.toml")
    for as_of, folder in lender.facts.extracts.items():
        matched = set()
        for name, source in book.datasets.items():
            headings = {column.column for column in source.columns.values()} | set(source.ignored_columns)
            assert set(lender.rows[as_of, name][0]) == headings
            matched |= set(folder.glob(source.files))
        assert matched == set(folder.iterdir())
    with pytest.raises(ArrearsError, match="ARR-1001"):
        parse_source_book(lender.facts.sources.read_text(encoding="utf-8") + "\n[more]\n", file="sources.toml")


def test_encodings_are_what_the_source_book_says(lender):
    folder = lender.facts.extracts[FIRST]
    for name, word in (("borrowers.csv", "云陌"), ("contacts.csv", "云陌"), ("stops.csv", "律师函")):
        content = (folder / name).read_bytes()
        with pytest.raises(UnicodeDecodeError):
            content.decode("utf-8")
        assert word in content.decode("gb18030")
    assert (folder / "loans.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert (folder / "evidence.csv").read_bytes().startswith(b"evidence_no,")
    for dataset in ("instalments", "payments"):
        assert len(list(folder.glob(f"{dataset}-*.parquet"))) == 2


# Broken rows


def cells_of(lender: Lender, as_of: date, dataset: str):
    """Each row of a dataset under names of the contract, trimmed, empty cells as None, with what is wrong with it."""
    book = parse_source_book(lender.facts.sources.read_text(encoding="utf-8"), file="sources.toml")
    wrong = {
        (row["source_file"], row["source_row"]): (row["kind"], row["field_name"])
        for row in lender.broken[as_of]
        if row["dataset_name"] == dataset
    }
    source = book.datasets[dataset]
    for name, rows in lender.files[as_of, dataset].items():
        for number, row in enumerate(rows, start=1):
            cells = {}
            for field, column in source.columns.items():
                cell = row[column.column]
                cell = oracle.half_width(cell) if isinstance(cell, str) else cell
                cells[field] = None if cell is None or cell in book.empty_values else cell
            yield cells, wrong.get((name, number))


def finding(name: str, cell: object, is_optional: bool, words: dict[str, str]) -> str | None:
    """Kind of what is wrong with a cell."""
    field = FIELDS[name]
    if cell is None:
        return None if is_optional else "missing"
    if field.codes:
        return None if cell in words else "code"
    try:
        value = parsed(field, cell)
    except (ValueError, InvalidOperation):
        return "unreadable"
    if field.pattern and name not in {"mobile", "email"} and not re.fullmatch(field.pattern, value):
        return "pattern"
    if field.minimum is not None and value < field.minimum:
        return "minimum"
    return "too_early" if field.not_before and str(value) < field.not_before else None


def findings(dataset: str, row: dict, codes: dict[str, dict[str, str]], known: dict[str, set], seen: dict) -> set:
    """Kind and field of all that is wrong with a row."""
    contract = DATASETS[dataset]
    found = {(finding(name, cell, name in contract.optional, codes[name]), name) for name, cell in row.items()}
    found = {(kind, name) for kind, name in found if kind}
    for reference in contract.references:
        if row[reference.field] is not None and row[reference.field] not in known[reference.dataset]:
            found.add(("orphan", reference.field))
    found |= disagreements(dataset, row, known) if not found else set()
    key = tuple(row[name] for name in contract.primary_key)
    if key in seen:
        found.add(("duplicate_exact" if seen[key] == row else "duplicate_conflicting", contract.primary_key[-1]))
    if not found:
        seen[key] = row
    return found


def disagreements(dataset: str, row: dict, known: dict) -> set:
    """Kind and field of what the fields of a row, or other rows, contradict."""
    if dataset == "borrowers" and len(row["id_number"]) != 18:
        return {("contradicts_type", "id_number")}
    if dataset == "schedules" and int(row["schedule_no"]) < 2:
        return {("first_version", "schedule_no")}
    if dataset == "schedules" and oracle.day(row["schedule_effective_on"]) < known["disbursed"][row["loan_id"]]:
        return {("before_disbursed_on", "schedule_effective_on")}
    if dataset == "instalments" and row["schedule_no"] > 1:
        is_known = (row["loan_id"], row["schedule_no"]) in known["versions"]
        return set() if is_known else {("orphan", "schedule_no")}
    if dataset == "staff" and row["registered_until_on"]:
        is_over = oracle.day(row["registered_until_on"]) < oracle.day(row["registered_from_on"])
        return {("before_registered_from_on", "registered_until_on")} if is_over else set()
    if dataset == "stops" and row["lifted_at"]:
        is_over = oracle.moment(row["lifted_at"]) < oracle.moment(row["stopped_at"])
        return {("before_stopped_at", "lifted_at")} if is_over else set()
    return set()


def parsed(field, cell):
    kind = field.type.value
    if kind == "text":
        return cell.upper() if field.name == "id_number" else cell
    if not isinstance(cell, str):
        return cell
    if kind == "date":
        return oracle.day(cell)
    if kind == "instant":
        return oracle.moment(cell)
    return int(cell) if kind == "integer" else oracle.amount(cell)


@pytest.mark.parametrize("dataset", [dataset.name for dataset in SOURCES])
def test_exactly_the_rows_in_the_ledger_of_broken_rows_are_broken(lender, dataset):
    assert_broken_as_said(lender, dataset)


@pytest.mark.parametrize("dataset", [dataset.name for dataset in SOURCES])
def test_every_way_to_break_a_row_breaks_its_rule_only(ruined, dataset):
    assert_broken_as_said(ruined, dataset)
    kinds = {(how.kind, how.field) for how in BREAKS[dataset]}
    found = {
        (row["kind"], row["field_name"])
        for row in ruined.broken[SECOND]
        if row["dataset_name"] == dataset and not row["kind"].startswith("duplicate")
    }
    assert found == kinds


def assert_broken_as_said(lender: Lender, dataset: str) -> None:
    book = parse_source_book(lender.facts.sources.read_text(encoding="utf-8"), file="sources.toml")
    codes = {field: column.codes for field, column in book.datasets[dataset].columns.items()}
    known = {
        name: {row[column] for row in lender.rows[SECOND, name]}
        for name, column in (("borrowers", "客户编号"), ("loans", "借据号"), ("evidence", "evidence_no"))
    }
    known["versions"] = {(row["LOAN_NO"], int(row["PLAN_NO"])) for row in lender.rows[SECOND, "schedules"]}
    known["disbursed"] = {row["借据号"]: oracle.day(row["放款日期"]) for row in lender.rows[SECOND, "loans"]}
    seen, count = {}, 0
    for row, wrong in cells_of(lender, SECOND, dataset):
        found = findings(dataset, row, codes, known, seen)
        if wrong is None:
            assert found == set()
        else:
            assert wrong in found
            assert {field for _, field in found} == {wrong[1]}
            count += 1
    assert count == sum(lender.facts.broken[SECOND][dataset].values())


def test_broken_rows_are_a_small_share_and_are_counted_in_the_truth(lender):
    truth = json.loads((lender.facts.root / "truth.json").read_text(encoding="utf-8"))
    for as_of in (FIRST, SECOND):
        extract = truth["extracts"][as_of.isoformat()]
        assert extract["rows"] == lender.facts.rows[as_of]
        assert extract["broken"] == lender.facts.broken[as_of]
        for dataset, kinds in extract["broken"].items():
            assert sum(kinds.values()) <= max(1.2, 0.0035 * extract["rows"][dataset] + 3)
    kinds = Counter()
    for counts in truth["extracts"]["2026-09-07"]["broken"].values():
        kinds.update(counts)
    of_contract = {"unreadable", "missing", "code", "pattern", "minimum", "duplicate", "orphan", "too_early"}
    assert set(kinds) == of_contract | {"contradicts_type", "before_registered_from_on"}


def test_broken_rows_leave_loans_that_matter_alone(lender):
    serious = {row["loan_id"] for row in lender.truth if row["profile"] not in {"healthy", "mild"}}
    spoiled = {row["loan_id"] for row in lender.named("broken_payment")}
    touched = {}
    for dataset in SOURCES:
        if "loan_id" in dataset.field_names and dataset.name != "loans":
            for row, wrong in cells_of(lender, SECOND, dataset.name):
                if wrong and row["loan_id"] in serious:
                    touched.setdefault(row["loan_id"], wrong)
    assert touched == dict.fromkeys(spoiled, ("unreadable", "paid_on"))


# Making


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path):
    made = {
        name: make_lender(tmp_path / name, loans=300, seed=seed, as_of_dates=[FIRST, SECOND])
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    }
    first, second, third = (hashes(facts.root) for facts in made.values())
    assert first == second
    changed = {name for name in first if name.startswith("extracts/") and first[name] != third.get(name)}
    assert len(changed) == len([name for name in first if name.startswith("extracts/")])


def test_an_extract_does_not_depend_on_later_dates(tmp_path):
    alone = make_lender(tmp_path / "alone", loans=300, seed=1, as_of_dates=[FIRST])
    both = make_lender(tmp_path / "both", loans=300, seed=1, as_of_dates=[FIRST, SECOND])
    assert hashes(alone.extracts[FIRST]) == hashes(both.extracts[FIRST])
    assert hashes(alone.evidence) == hashes(both.evidence)


def test_a_small_lender_has_every_profile_and_every_outcome(tmp_path):
    facts = make_lender(tmp_path / "small", loans=300, seed=3, as_of_dates=[FIRST, SECOND])
    assert min(facts.profiles.values()) >= 1
    assert sum(facts.profiles.values()) == 300
    assert facts.outcomes == {"agreed": 1, "died": 1, "disputed": 1, "paid": 2, "unpaid": 8}


def test_blocks_join_into_one_book(tmp_path, monkeypatch):
    monkeypatch.setattr(make, "_BLOCK_LOANS", 250)
    facts = make_lender(tmp_path / "blocks", loans=601, seed=1, as_of_dates=[FIRST])
    folder = facts.extracts[FIRST]
    broken = pl.read_parquet(facts.root / "broken.parquet").to_dicts()
    files = {name: oracle.read_dataset(folder, name) for name in oracle.KEYS}
    loans = oracle.sound_rows(files["loans"], "loans", broken)
    assert [row["借据号"] for row in loans if "X" not in row["借据号"]] == [
        f"L{number:07d}" for number in range(1, 602)
    ]
    assert len(list(folder.glob("payments-*.parquet"))) == 6
    for dataset, key in oracle.KEYS.items():
        keys = [row[key] for row in oracle.sound_rows(files[dataset], dataset, broken)]
        assert len(keys) == len(set(keys))
        counted = sum(len(rows) for rows in files[dataset].values())
        assert counted == facts.rows[FIRST][dataset]
    for row in broken:
        if row["kind"] == "missing" and row["dataset_name"] == "borrowers":
            cells = files["borrowers"]["borrowers.csv"][row["source_row"] - 1]
            assert cells["客户名称"].strip() in {"", "NULL", "-"}


def test_evidence_beyond_the_limit_shares_files(tmp_path):
    facts = make_lender(tmp_path / "few", loans=300, seed=1, as_of_dates=[FIRST], most_files=100)
    broken = pl.read_parquet(facts.root / "broken.parquet").to_dicts()
    rows = oracle.sound_rows(oracle.read_dataset(facts.extracts[FIRST], "evidence"), "evidence", broken)
    assert facts.evidence_files < 120 < len(rows)
    profiles = dict(pl.read_parquet(facts.root / "truth.parquet").select("loan_id", "profile").iter_rows())
    for row in rows:
        if not profiles[row["loan_no"]].startswith("evidence_"):
            assert hashlib.sha256((facts.evidence / row["path"]).read_bytes()).hexdigest() == row["sha256"]


def test_dates_hang_on_the_first_one(tmp_path):
    facts = make_lender(tmp_path / "other", loans=300, seed=1, as_of_dates=[date(2024, 8, 31)])
    truth = pl.read_parquet(facts.root / "truth.parquet")
    boundary = truth.filter(pl.col("profile") == "boundary")["first_missed_on"].to_list()
    assert boundary == [date(2024, 3, 1)] * facts.profiles["boundary"]
    reported = truth.filter("is_reportable")["first_missed_on"].to_list()
    assert all(oracle.add_months(missed, 6) < date(2024, 8, 31) for missed in reported)


def test_a_lender_is_replaced_but_nothing_else_is(tmp_path):
    root = tmp_path / "lender"
    make_lender(root, loans=300, seed=1, as_of_dates=[FIRST])
    (root / "extracts" / "left_over.csv").write_text("old", encoding="utf-8")
    make_lender(root, loans=300, seed=1, as_of_dates=[FIRST])
    assert not (root / "extracts" / "left_over.csv").exists()
    strange = tmp_path / "home"
    strange.mkdir()
    (strange / "letter.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(FileExistsError, match="holds no made-up lender"):
        make_lender(strange, loans=300, seed=1, as_of_dates=[FIRST])
    assert (strange / "letter.txt").read_text(encoding="utf-8") == "dear"


@pytest.mark.parametrize(
    ("loans", "dates", "message"),
    [
        (199, [FIRST], "at least 200 loans"),
        (300, [SECOND, FIRST], "rising order"),
        (300, [], "rising order"),
        (300, [FIRST, date(2027, 6, 30)], "story ends 180 days after 2026-06-30"),
    ],
)
def test_impossible_wishes_are_refused(tmp_path, loans, dates, message):
    with pytest.raises(ValueError, match=message):
        make_lender(tmp_path / "none", loans=loans, seed=1, as_of_dates=dates)
    assert not (tmp_path / "none").exists()


def test_the_command_makes_a_lender_and_prints_counts_only(tmp_path):
    command = [sys.executable, "-m", "sandbox.lender", "--out", str(tmp_path / "out"), "--loans", "300", "--seed", "5"]
    done = subprocess.run([*command, "--as-of", "2026-06-30"], capture_output=True, text=True, check=True)
    facts = json.loads((tmp_path / "out" / "truth.json").read_text(encoding="utf-8"))
    assert re.fullmatch(
        r"300 loans, \d+ evidence files\n2026-06-30: \d+ rows, \d+ of them broken on purpose\n", done.stdout
    )
    assert f"{facts['evidence_files']} evidence files" in done.stdout
    refused = subprocess.run([*command, "--loans", "3"], capture_output=True, text=True, check=False)
    assert (refused.returncode, refused.stderr) == (2, "a lender has at least 200 loans, not 3\n")


# Calendar


def test_months_end_on_their_last_day():
    days = plus_months(make.np.array([day_of(date(2023, 8, 31)), day_of(date(2024, 1, 30))]), 6)
    assert days.tolist() == [day_of(date(2024, 2, 29)), day_of(date(2024, 7, 30))]
    assert day_in_month(make.np.array([1]), make.np.array([31])).tolist() == [day_of(date(1970, 2, 28))]
    assert last_day_over(day_of(FIRST), 6) == day_of(date(2025, 12, 29))


def test_csv_text_with_line_breaks_stays_one_cell(lender):
    text = (lender.facts.extracts[FIRST] / "contacts.csv").read_bytes().decode("gb18030")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert {len(row) for row in rows} == {9}
    assert "\r\n" in text
    assert any("\n" in row[8] for row in rows)
