"""What must hold between two judgments, one of which differs from the other in a known way: no expected values."""

from datetime import UTC, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lake.engine import collect_dataset, open_engine
from lake.snapshot import Lake
from schemas.datasets import EVIDENCE_FINDINGS, LANGUAGE_FINDINGS, QUARANTINE, REPORTED, SOURCES
from tests.transforms.portfolio_money import CENT, days_from, months_from
from tests.transforms.portfolios import random_facts
from tests.transforms.proving import (
    DATASETS,
    DAYS,
    POLICY_MAKERS,
    few,
    judged,
    judged_frames,
    keyed,
    read_policy,
)
from transforms.arrears import arrears_as_of
from transforms.books import Books

LOANS = 400
IN_ARREARS = frozenset("1234567")
NEVER_MORE_BY_PAYING = (
    "overdue_days",
    "overdue_months",
    "missed_instalments",
    "consecutive_missed_periods",
    "highest_missed_periods",
    "overdue_amount",
    "overdue_principal",
    "overdue_interest",
    "overdue_fee",
    "overdue_penalty",
    "overdue_principal_1_30",
    "overdue_principal_31_60",
    "overdue_principal_61_90",
    "overdue_principal_91_180",
    "overdue_principal_over_180",
    "balance_amount",
)
COUNTED_BREACHES = (
    "quiet_hour_contacts",
    "third_party_contacts",
    "over_frequency_contacts",
    "stopped_contacts",
    "represented_contacts",
    "unregistered_contacts",
    "unrecorded_contacts",
    "language_breaches",
)
seeds = given(seed=st.integers(0, 2**32), as_of=st.sampled_from(DAYS))


def in_arrears(kit, engine, rows, as_of, policy):
    return keyed("arrears", kit.rows(arrears_as_of(engine.books(rows), as_of, policy, engine.settled)))


def badness(code):
    return int(code) if code in IN_ARREARS else 0


@few(4)
@seeds
def test_paying_more_never_makes_a_loan_more_overdue(kit, polars_engine, seed, as_of):
    policy, engine, random = read_policy("cn-2018"), polars_engine, Random(seed)
    rows, _, _ = random_facts(random, LOANS, as_of)
    more = [
        {
            "payment_id": f"{loan['loan_id']}-more",
            "loan_id": loan["loan_id"],
            "payment_kind": "payment",
            "payment_amount": random.choice((CENT, 100 * CENT, random.randint(1, 10**7) * CENT)),
            "paid_on": days_from(as_of, -random.choice((0, 1, random.randint(0, 400)))),
            "booked_on": days_from(as_of, random.choice((0, 1))),
        }
        for loan in rows["loans"]
    ]
    before = in_arrears(kit, engine, rows, as_of, policy)
    after = in_arrears(kit, engine, rows | {"payments": rows["payments"] + more}, as_of, policy)
    assert after.keys() < before.keys()
    for key, paid in after.items():
        unpaid = before[key]
        grown = [name for name in NEVER_MORE_BY_PAYING if paid[name] > unpaid[name]]
        worse = [
            (was, becomes)
            for was, becomes in zip(unpaid["repayment_history"], paid["repayment_history"], strict=True)
            if badness(becomes) > badness(was)
        ]
        assert (grown, worse) == ([], []), (key, unpaid, paid)
        assert badness(paid["repayment_status_code"]) <= badness(unpaid["repayment_status_code"])
        assert paid["episode_began_on"] >= unpaid["episode_began_on"]
    assert any(before[key] != after[key] for key in after)


@pytest.mark.parametrize("policy_name", POLICY_MAKERS)
def test_a_lawful_contact_more_never_makes_a_loan_less_reportable(kit, polars_engine, policy_name):
    policy = POLICY_MAKERS[policy_name]()

    @few(2)
    @seeds
    def add_contacts(seed, as_of):
        random = Random(seed)
        rows, findings, language = random_facts(random, LOANS, as_of, policy.time_zone)
        before = judged(kit, polars_engine, (rows, findings, language), as_of, policy)
        more = {
            loan_id: contact
            for (loan_id,), arrears in before["arrears"].items()
            if (contact := lawful_contact(random, rows, arrears, as_of, policy)) is not None
        }
        recordings = [recording_of(contact) for contact in more.values() if contact["evidence_id"]]
        facts = (
            rows | {"contacts": rows["contacts"] + list(more.values()), "evidence": rows["evidence"] + recordings},
            findings + kit.intact_findings({"evidence": recordings}),
            language,
        )
        after = judged(kit, polars_engine, facts, as_of, policy)
        assert len(more) > LOANS / 4
        assert after["conduct_findings"] == before["conduct_findings"]
        for loan_id in more:
            was, becomes = before["decisions"][loan_id,], after["decisions"][loan_id,]
            assert becomes["is_reportable"] >= was["is_reportable"], loan_id
            assert becomes["attempts"] == was["attempts"] + 1
            assert becomes["right_party_contacts"] == was["right_party_contacts"] + 1
            assert [becomes[name] for name in COUNTED_BREACHES] == [was[name] for name in COUNTED_BREACHES]
        others = before["decisions"].keys() - {(loan_id,) for loan_id in more}
        assert all(before["decisions"][key] == after["decisions"][key] for key in others)

    add_contacts()


def lawful_contact(random, rows, arrears, as_of, policy):
    """A letter or a recorded call at noon to the borrower, ten days from any other, where no stop ever came."""
    zone = ZoneInfo(policy.time_zone)
    if any(stop["borrower_id"] == arrears["borrower_id"] for stop in rows["stops"]):
        return None
    first_on = max(arrears["first_missed_on"], months_from(as_of, -policy.effort.look_back_months.value))
    taken = {
        row["contacted_at"].astimezone(zone).date() for row in rows["contacts"] if row["loan_id"] == arrears["loan_id"]
    }
    days = [days_from(first_on, number) for number in range((as_of - first_on).days + 1)]
    free = [day for day in days if all(abs((day - other).days) > 10 for other in taken)]
    if not free:
        return None
    channel = random.choice(("letter", "call"))
    return {
        "contact_id": f"{arrears['loan_id']}-more",
        "loan_id": arrears["loan_id"],
        "contacted_at": datetime.combine(random.choice(free), time(12), zone).astimezone(UTC),
        "channel_code": channel,
        "counterparty_code": "borrower",
        "contact_outcome_code": "talked",
        "staff_id": "S1",
        "evidence_id": f"{arrears['loan_id']}-more" if channel == "call" else None,
        "transcript": None,
    }


def recording_of(contact):
    return {
        "evidence_id": contact["evidence_id"],
        "loan_id": contact["loan_id"],
        "evidence_kind": "recording",
        "file_path": "more.wav",
        "file_bytes": 10,
        "file_sha256": "0" * 64,
        "obtained_on": contact["contacted_at"].date(),
    }


@few(3)
@seeds
def test_a_later_day_on_which_nothing_happened_keeps_the_episode(kit, polars_engine, seed, as_of):
    policy, engine, random = read_policy("cn-2018"), polars_engine, Random(seed)
    rows, _, _ = random_facts(random, LOANS, as_of)
    known = rows | {
        "payments": [row for row in rows["payments"] if max(row["paid_on"], row["booked_on"]) <= as_of],
        "schedules": [row for row in rows["schedules"] if row["schedule_effective_on"] <= as_of],
    }
    days = random.choice((1, 31, 200))
    before = in_arrears(kit, engine, known, as_of, policy)
    after = in_arrears(kit, engine, known, days_from(as_of, days), policy)
    assert before.keys() <= after.keys()
    for key, was in before.items():
        becomes = after[key]
        same = ("episode_began_on", "first_missed_on", "balance_amount")
        assert [becomes[name] for name in same] == [was[name] for name in same], key
        assert becomes["overdue_days"] == was["overdue_days"] + days
        assert becomes["missed_instalments"] >= was["missed_instalments"]


@few(3)
@seeds
def test_the_history_holds_at_every_month_end_what_was_said_as_of_it(kit, polars_engine, seed, as_of):
    policy, engine = read_policy("us-fcra"), polars_engine
    rows, _, _ = random_facts(Random(seed), LOANS, as_of)
    now = in_arrears(kit, engine, rows, as_of, policy)
    is_month_end = (as_of + timedelta(days=1)).day == 1
    compared = 0
    for months in (1, 7, 23):
        # Counted from a first of a month, as that has no shorter month to end in.
        month_end = days_from(months_from(as_of.replace(day=1), 1 - months), -1)
        place = (23 if is_month_end else 24) - months
        then = in_arrears(kit, engine, rows, month_end, policy)
        for key, row in now.items():
            code = row["repayment_history"][place]
            if key in then:
                compared += 1
                assert code == then[key]["repayment_status_code"], (key, month_end)
                assert then[key]["repayment_history"][-1] == code
                assert then[key]["repayment_history"][23 - place :] == row["repayment_history"][: place + 1]
                assert row["highest_missed_periods"] >= then[key]["missed_instalments"]
            else:
                assert code not in IN_ARREARS, (key, month_end)
    assert compared > LOANS / 2


@pytest.mark.parametrize("engine_name", ["polars", "duckdb"])
def test_the_order_of_rows_and_the_cut_into_files_change_nothing(tmp_path_factory, engine_name):
    policy = read_policy("cn-2018")

    @few(2)
    @seeds
    def shuffle(seed, as_of):
        facts = random_facts(Random(seed), LOANS, as_of)
        folder = tmp_path_factory.mktemp("shuffled")
        whole = judged_from_files("polars", folder / "whole", facts, as_of, policy, lambda rows: [rows])
        cut = judged_from_files(engine_name, folder / "cut", facts, as_of, policy, lambda rows: dealt(seed, rows))
        for name in DATASETS:
            assert cut[name].equals(whole[name]), name

    shuffle()


def dealt(seed, rows):
    """The rows in another order, in three files of which one may be empty."""
    random, files = Random(seed + 1), ([], [], [])
    for row in random.sample(rows, len(rows)):
        random.choice(files).append(row)
    return files


def judged_from_files(engine_name, root, facts, as_of, policy, parts):
    """Every dataset as a table of its contract, from Parquet files that hold the parts of each source dataset."""
    rows, findings, language = facts
    engine = open_engine(engine_name, Lake(root / "lake"), also_reads=(root,))
    files = {}
    for dataset in (*SOURCES, QUARANTINE, REPORTED, EVIDENCE_FINDINGS, LANGUAGE_FINDINGS):
        kept = {"evidence_findings": findings, "language_findings": language} | rows
        files[dataset.name] = []
        for number, part in enumerate(parts(kept[dataset.name])):
            file = root / dataset.name / f"{number}.parquet"
            file.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(pa.Table.from_pylist(part, dataset.arrow_schema()), file)
            files[dataset.name].append(file)
    frames = engine.read(files)
    found, said = frames.pop("evidence_findings"), frames.pop("language_findings")
    made = judged_frames(Books(**frames), found, said, as_of, policy, engine.settle, engine.keep)
    return {name: collect_dataset(frame, DATASETS[name]) for name, frame in made.items()}
