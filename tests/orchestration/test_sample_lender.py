"""The sample lender as the product sees it: each loan fails the rules that its story says, and no other."""

import polars as pl
from road import FIRST_ON, Road, truth_of

from lake.assessment import latest_assessment, read_assessment
from lake.book import latest_book, read_book
from lake.engine import read_table

ON_FILES = {"E0401", "E0402"}
SHOWN = {"E0306", "E0307"}


def assessed_table(road: Road, dataset: str) -> pl.DataFrame:
    lake = road.run().lake
    assessment = read_assessment(lake, latest_assessment(lake, FIRST_ON, "cn-2018"))
    return pl.DataFrame(pl.from_arrow(read_table(lake, assessment.snapshots[dataset])))


def book_table(road: Road, dataset: str) -> pl.DataFrame:
    lake = road.run().lake
    return pl.DataFrame(
        pl.from_arrow(read_table(lake, read_book(lake, latest_book(lake, FIRST_ON)).snapshots[dataset]))
    )


def test_each_loan_fails_the_rules_that_its_story_says(stage_assessed: Road) -> None:
    decisions = {row["loan_id"]: row for row in assessed_table(stage_assessed, "decisions").to_dicts()}
    looked_at = set(assessed_table(stage_assessed, "evidence_findings")["loan_id"])
    serious = truth_of(stage_assessed.folders.lender).filter(pl.col("fails").is_not_null()).to_dicts()
    assert len(serious) > 50
    for loan in serious:
        decision = decisions[loan["loan_id"]]
        failed = {name for name, outcome in decision.items() if name.startswith("E0") and outcome is not True}
        # Nobody has looked at the files of a loan that can't be reported anyway.
        unseen = set() if loan["loan_id"] in looked_at else ON_FILES
        assert failed - unseen == set(loan["fails"]) - unseen, loan["profile"]
        assert decision["is_reportable"] == loan["is_reportable"] == (set(loan["fails"]) <= SHOWN)


def test_arrears_begin_when_the_story_says_after_a_new_schedule_too(stage_assessed: Road) -> None:
    arrears = dict(assessed_table(stage_assessed, "arrears").select("loan_id", "first_missed_on").iter_rows())
    late = truth_of(stage_assessed.folders.lender).filter(pl.col("first_missed_on").is_not_null())
    assert late.filter("is_restructured").height >= 1
    assert {loan: arrears[loan] for loan in late["loan_id"]} == dict(
        late.select("loan_id", "first_missed_on").iter_rows()
    )


def test_lawful_dialogues_hold_no_forbidden_language_and_threats_do(stage_assessed: Road) -> None:
    truth = truth_of(stage_assessed.folders.lender)
    found = set(assessed_table(stage_assessed, "language_findings")["loan_id"])
    assert found == set(truth.filter("has_threat")["loan_id"]) != set()


def test_co_borrowers_and_guarantors_are_decided_with_their_loan(stage_assessed: Road) -> None:
    decisions = assessed_table(stage_assessed, "decisions").select("loan_id", "is_reportable")
    parties = assessed_table(stage_assessed, "party_decisions")
    liabilities = book_table(stage_assessed, "liabilities").join(decisions, on="loan_id", how="semi")
    pairs = ["loan_id", "borrower_id"]
    assert sorted(parties.select(pairs).rows()) == sorted(liabilities.select(pairs).rows()) != []
    protection = dict(book_table(stage_assessed, "borrowers").select("borrower_id", "protection_code").iter_rows())
    reportable = dict(decisions.iter_rows())
    for party in parties.to_dicts():
        is_unprotected = protection[party["borrower_id"]] == "none"
        assert party["is_reportable"] == (reportable[party["loan_id"]] and is_unprotected)
