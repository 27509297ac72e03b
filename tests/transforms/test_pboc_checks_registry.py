"""The list of checks is complete, each is tested, findings are sorted, and no text breaks them."""

import narwhals as nw
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.bureaus.pboc import RECORDS
from schemas.bureaus.tagged import RECORD_NO
from tests.transforms import (
    test_pboc_checks,
    test_pboc_checks_known,
    test_pboc_checks_others,
    test_pboc_checks_presence,
)
from tests.transforms.pboc_cases import ENGINES, findings, frames, known_of, rows_of
from tests.transforms.pboc_records import (
    AGREEMENT,
    CHANGED_CODE,
    CODE,
    CORRECTED_BASE,
    DELETED,
    DELETED_SEGMENT,
    FAMILY,
    FILE_AT,
    PERSON_RECORD,
    PROVIDER,
    REGISTERED,
    SAMPLE,
    account,
    correction,
    enterprise,
    event,
    full,
)
from transforms.bureaus.pboc_checks import (
    CHECKS,
    Confidence,
    PbocFrames,
    judge,
    judge_part,
    keys_of,
    repeated_records,
)

TESTED_HERE = {"ABR002"}
NUMBERED = {
    **{"ABD": "000 001", "ABE": "000 001 002 003 004 007 008 010 011 012", "ABR": "000 001 002 004"},
    **{"BBD": "000 001 002 003", "BBE": "001 002 004 005 006", "BBR": "000", "BCE": "000 002 003 004", "BCR": "000"},
    **{"BFE": "000", "BIE": "000 001 002", "BLD": "000", "BTE": "000", "CLD": "000"},
    "BLE": "001 002 003 004 005 006 007 008 009 010 011 012 013 014 015 016 017 018 019 020 022 023 025 026 027 028 "
    "029 030 031 032 034 035 036 037 038 039 040 041 042 043 046 048 050",
    "BLR": "000 001 002 003 004 005 006 007 008 009 010 011 012 013 014 019 020 021 022 023 024 025 026 027 028 029",
    "BMR": "001 005 006 007 008 009 010 011 012 013 014 015 016 017 018 019 020 021",
    **{"BSE": "000 001", "BSR": "000 001 002", "BQR": "000 001 002 003 004 005 006"},
    "CLE": "001 002 003 004 005 006 007 008 012 013 014 015 016 017 018 019 020 021 022 023 024 026 027 028 029 030 "
    "031 033",
    "CLR": "000 001 002 003 004 005 006 007 008 009 010 011 012 013 014 015 016 017 018",
}
ONE_OF_EACH = {
    "110": PERSON_RECORD,
    "120": FAMILY,
    "210": full("R2"),
    "211": CHANGED_CODE,
    "212": correction("D1", "B", CORRECTED_BASE),
    "213": DELETED_SEGMENT,
    "214": DELETED,
    "215": event("21"),
    "220": AGREEMENT,
    "410": enterprise("D1", "42"),
}
LATE = account("D1", "30") | {"AcctMthlyBlgInfSgmt.RpyStatus": "2"}


def test_the_codes_of_the_bureau_are_all_there():
    assert set(CHECKS) == {f"{prefix}{number}" for prefix, numbers in NUMBERED.items() for number in numbers.split()}


def test_every_check_is_tested():
    tested = {code for code, *_ in test_pboc_checks.CASES.items}
    tested |= {code for code, *_ in test_pboc_checks_presence.CASES.items}
    tested |= {code for code, *_ in test_pboc_checks_others.CASES.items}
    tested |= {code for code, *_ in test_pboc_checks_known.CASES.items}
    assert tested | TESTED_HERE == set(CHECKS)


def test_every_tag_of_a_check_is_tested():
    tested = {
        pair
        for module in (
            test_pboc_checks,
            test_pboc_checks_presence,
            test_pboc_checks_others,
            test_pboc_checks_known,
        )
        for *_, expected in module.CASES.items
        for pair in expected
    }
    assert {(code, tag) for code, check in CHECKS.items() for tag in check.fires} - tested == set()


@pytest.mark.parametrize("code", sorted(CHECKS))
def test_checks_say_what_they_are(code):
    check = CHECKS[code]
    assert check.code == code
    assert len(check.rule_id) == 8
    assert check.message
    assert check.source
    assert set(check.records) <= set(RECORDS)
    assert isinstance(check.confidence, Confidence)


def test_checks_of_one_code_are_of_one_rule():
    fields = {code: check.field for code, check in CHECKS.items()}
    assert (fields["BLE019"], fields["BLE013"], fields["ABE000"]) == ("*", "TotOverd", "*")


def test_the_examples_month_has_no_finding():
    judged = judge(frames([SAMPLE], "210", "polars"), "210", FILE_AT, None, REGISTERED, provider=PROVIDER)
    assert rows_of(judged) == []


def test_findings_are_sorted_and_name_record_code_field_and_rule():
    judged = judge(frames([LATE, {**LATE, "AcctBsSgmt.AcctCode": f"{CODE}B"}], "210", "polars"), "210", FILE_AT)
    assert rows_of(judged) == [
        {"record_no": number, "code": "BLE019", "field": field, "rule_id": "I2100H09"}
        for number in (2, 3)
        for field in ("OverdPrd", "TotOverd")
    ]
    assert isinstance(nw.to_native(judged), pl.LazyFrame)


@pytest.mark.parametrize("engine", ENGINES)
def test_records_of_one_key_are_found_in_the_whole_file(engine):
    records = [account("D1", "30"), account("D1", "40"), {**account("D1", "30"), "AcctBsSgmt.AcctCode": f"{CODE}B"}]
    judged = judge(frames(records, "210", engine), "210", FILE_AT)
    assert [(row["record_no"], row["code"], row["field"]) for row in rows_of(judged)] == [
        (2, "ABR002", "AcctCode"),
        (3, "ABR002", "AcctCode"),
    ]


def test_records_of_one_key_are_found_across_parts():
    first = keys_of(frames([PERSON_RECORD], "110", "polars"), "110")
    second = keys_of(frames([PERSON_RECORD], "110", "polars"), "110").with_columns(nw.col(RECORD_NO) + 1)
    found = repeated_records(nw.concat([first, second]), RECORDS["110"])
    assert sorted((row["record_no"], row["field"]) for row in rows_of(found)) == [
        (2, "InfSurcCode"),
        (3, "InfSurcCode"),
    ]


def test_what_is_not_given_is_not_asked():
    record = account("D1", "30") | {"AcctBsSgmt.AcctCode": "X1", "AcctBsSgmt.MngmtOrgCode": "X6101010000777"}
    assert rows_of(judge(frames([record], "210", "polars"), "210", FILE_AT)) == []


def test_columns_that_are_not_there_are_tags_that_are_not_there():
    whole = frames([account("D1", "30")], "210", "polars").records
    few = PbocFrames(whole.select(RECORD_NO, "AcctBsSgmt", "AcctBsSgmt.AcctType", "AcctBsSgmt.RptDateCode"))
    found = {(row["code"], row["field"]) for row in rows_of(judge_part(few, "210", FILE_AT))}
    assert found == {
        ("BLR006", "AcctMthlyBlgInfSgmt"),
        *(("ABD000", tag) for tag in ("InfRecType", "AcctCode", "RptDate", "Name", "IDType", "IDNum", "MngmtOrgCode")),
    }


def test_columns_besides_are_no_matter():
    more = frames([account("D1", "30")], "210", "polars").records.with_columns(nw.lit("L1").alias("loan_id"))
    assert rows_of(judge_part(PbocFrames(more), "210", FILE_AT)) == []


PAST = known_of({"210": [account("D1", "31")], "215": [event("21")]}, "polars")
ODD = st.one_of(
    st.none(),
    st.text(max_size=40),
    st.text(alphabet="0123456789-+.eE ", max_size=25),
    st.sampled_from(
        ["", " ", "0", "9" * 400, "2024-02-30", "0000-00-00", "9999-12-31", "２０２４-01-01", "*", "\x00", "NaN"]
    ),
)


def odd_record(data, type_):
    """A right record with odd texts in some places, and a row of odd texts in each group."""
    record, layout = dict(ONE_OF_EACH[type_]), RECORDS[type_]
    for column in data.draw(st.lists(st.sampled_from(sorted(layout.columns)), min_size=1, max_size=12)):
        record[column] = data.draw(ODD)
    for path, group in layout.groups.items():
        record[path] = [*record.get(path, []), {item.tag: data.draw(ODD) for item in group.items}]
    return record


@pytest.mark.parametrize("type_", ONE_OF_EACH)
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_text_is_judged_without_an_error(type_, data):
    records = [odd_record(data, type_) for _ in range(15)]
    for found in findings(records, type_, "polars", PAST):
        assert {code for code, _ in found} <= set(CHECKS)


@pytest.mark.parametrize("type_", ["211", "210"])
def test_any_text_is_judged_alike_on_other_engines(type_):
    odd = ("", " ", "9" * 400, "2024-02-30", "-1", "２０２４-01-01", "*", "é" * 50, "1e5")
    records = [dict.fromkeys(RECORDS[type_].columns, value) for value in odd]
    found = {engine: findings(records, type_, engine) for engine in ENGINES}
    assert found["polars"] == found["duckdb"]
    assert all(found["polars"])
