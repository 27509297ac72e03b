"""Baihang's layouts, file names and how records are cut into files."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.bureaus.baihang import D2, D3, D4, LAYOUTS, TAGS_WITHOUT_LAYOUT, FileName, file_slices, free_names
from schemas.bureaus.json_lines import JsonField, JsonKind, JsonLinesLayout
from schemas.errors import ArrearsError
from schemas.errors.seal import FILE_NAMES_EXHAUSTED

PERSON = ["name", "pid", "mobile"]
ACCOUNT = [
    *("reqID", "opCode", "uploadTs", *PERSON, "loanId", "originalLoanId", "guaranteeType", "loanPurpose"),
    *("applyDate", "accountOpenDate", "issueDate", "dueDate", "loanAmount", "totalTerm", "targetRepayDateType"),
    *("termPeriod", "targetRepayDateList", "firstRepaymentDate", "gracePeriod", "device"),
]
REPAYMENT = [
    *("reqID", "opCode", "uploadTs", "loanId", *PERSON, "termNo", "termStatus", "targetRepaymentDate"),
    *("realRepaymentDate", "plannedPayment", "targetRepayment", "realRepayment", "overdueStatus", "statusConfirmAt"),
    *("overdueAmount", "remainingAmount", "loanStatus"),
]
LENDER = "示例小额贷款有限公司"


def test_keys_stand_in_the_order_of_the_bureau():
    assert [list(layout.record_keys) for layout in (D2, D3, D4)] == [ACCOUNT, REPAYMENT, ACCOUNT]
    assert (len(ACCOUNT), len(REPAYMENT)) == (22, 19)


def test_members_of_an_object_are_columns():
    assert D2.names[-5:] == ("device_deviceType", "device_imei", "device_mac", "device_ipAddress", "device_osName")


def test_tags():
    assert {kind: layout.tag for kind, layout in LAYOUTS.items()} == {
        "D2": "#singleLoanAccountInfo",
        "D3": "#singleLoanRepayInfo",
        "D4": "#singleLoanDelayInfo",
    }
    assert not set(TAGS_WITHOUT_LAYOUT) & {layout.tag for layout in LAYOUTS.values()}


def test_what_identifies_a_person():
    device = ("device_imei", "device_mac", "device_ipAddress")
    assert (D2.identity_names, D3.identity_names) == ((*PERSON, *device), tuple(PERSON))


def test_what_may_be_empty():
    optional = {column for layout in (D2, D3) for column, field in layout if not field.is_required}
    device = {name for name in D2.names if name.startswith("device_")}
    assert optional == {"originalLoanId", "targetRepayDateList", "realRepaymentDate", "overdueStatus"} | device


def test_a_layout_refuses_a_name_twice():
    field = JsonField("a", JsonKind.TEXT, "甲", "a text")
    with pytest.raises(ValueError, match="twice"):
        JsonLinesLayout("x", 1, "#x", (field, field))


def test_a_layout_refuses_a_tag_without_its_mark():
    with pytest.raises(ValueError, match="tag"):
        JsonLinesLayout("x", 1, "x", ())


def test_a_code_is_a_whole_number():
    with pytest.raises(ValueError, match="whole number"):
        JsonField("a", JsonKind.CODE, "甲", "a code", codes={"A": "no number"})


def test_names_of_a_file():
    name = FileName(LENDER, "D2", date(2026, 6, 15), 12)
    assert (name.plain, name.packed) == (f"{LENDER}_D2_20260615_0012.txt", f"{LENDER}_D2_20260615_0012.cry")
    assert FileName.of(name.plain) == FileName.of(name.packed) == name


@pytest.mark.parametrize(
    "file_name",
    [
        f"{LENDER}_D2_20260615_0012.zip",
        f"{LENDER}_D2_20260615_0000.txt",
        f"{LENDER}_D2_20260631_0001.txt",
        f"{LENDER}_D2_20260615_001.txt",
        f"{LENDER}_C1_20260615_0001.txt",
        "a/b_D2_20260615_0001.txt",
        "_D2_20260615_0001.txt",
        f"{LENDER}_D2_20260615_0001.txt\n",
        f"{LENDER}_D2_２０２60615_0001.txt",
    ],
)
def test_names_of_other_files(file_name):
    assert FileName.of(file_name) is None


@pytest.mark.parametrize("changes", [{"institution": "甲_乙"}, {"institution": ""}, {"kind": "D1"}, {"serial": 10_000}])
def test_a_name_that_can_not_be(changes):
    parts = {"institution": LENDER, "kind": "D3", "data_until": date(2026, 6, 15), "serial": 1}
    with pytest.raises(ValueError, match=next(iter(changes))):
        FileName(**(parts | changes))


def test_records_are_cut_into_files_with_serials_of_their_own():
    assert file_slices(5, first_serial=7, records_per_file=2) == ((7, 0, 2), (8, 2, 2), (9, 4, 1))
    assert file_slices(0) == ()
    assert file_slices(100_001) == ((1, 0, 100_000), (2, 100_000, 1))


@pytest.mark.parametrize("arguments", [(1, 0), (1, 1, 0), (-1,), (2, 9_999, 1)])
def test_slices_that_can_not_be(arguments):
    with pytest.raises(ValueError, match="file"):
        file_slices(*arguments)


def test_names_go_on_behind_the_highest_that_was_used():
    day = date(2026, 6, 15)
    used = [
        f"{LENDER}_D4_20260615_0002.txt",
        f"{LENDER}_D4_20260615_0007.cry",
        f"{LENDER}_D2_20260615_0009.txt",
        f"{LENDER}_D4_20260614_0011.txt",
        f"{LENDER}二_D4_20260615_0012.txt",
        "anything else",
    ]
    names = free_names(LENDER, "D4", day, 3, used)
    assert [each.plain for each in names] == [
        f"{LENDER}_D4_20260615_{serial}.txt" for serial in ("0008", "0009", "0010")
    ]
    assert [each.serial for each in free_names(LENDER, "D4", day, 2)] == [1, 2]
    assert free_names(LENDER, "D4", day, 0, used) == ()


@given(st.lists(st.integers(1, 3), max_size=5))
def test_a_name_is_never_given_twice(asked):
    used = []
    for files in asked:
        names = [each.packed for each in free_names(LENDER, "D4", date(2026, 6, 15), files, used)]
        assert len({*used, *names}) == len(used) + files
        used += names


def test_names_that_the_serial_can_not_number():
    used = [f"{LENDER}_D4_20260615_9998.txt"]
    assert free_names(LENDER, "D4", date(2026, 6, 15), 1, used)[0].serial == 9_999
    with pytest.raises(ArrearsError) as caught:
        free_names(LENDER, "D4", date(2026, 6, 15), 2, used)
    assert caught.value.kind is FILE_NAMES_EXHAUSTED
    with pytest.raises(ValueError, match="files"):
        free_names(LENDER, "D4", date(2026, 6, 15), -1)
