"""Files of the roster: golden files, kinds told apart by content, form and sense checked in one pass."""

import io
import json
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from delivery.bureaus import roster
from delivery.bureaus.roster import Form, RosterLimits
from delivery.formats.delimited import ReadLimits
from schemas.bureaus.layout import DelimitedLayout
from schemas.bureaus.roster import FEEDBACK_LAYOUT, HASHED_LAYOUT, LAYOUT
from tests.delivery.roster_examples import RECORD, table
from transforms.quality.rule import Severity

GOLDEN = Path(__file__).parents[1] / "golden" / "roster"
FIRST = {
    **RECORD,
    "platform_name": "示例小额贷款有限公司",
    "collection_status": "电话12次、短信3次,最近一次2026-08-28,已送达告知",
}
SECOND = {
    **FIRST,
    "serial": 2,
    "name": "=示例<机械>&设备",
    "id_type": "统一社会信用代码",
    "id_number": "91350100M000100Y43",
    "mobile": None,
    "is_lost_contact": False,
}
HASHED = {
    "key_id": "2026-1",
    "person_key": "v1:b774bd199f968da15cada0e5450dc8470de706e9ff333990daa4d034c523cfdf",
    "overdue_band": "M6+",
    "report_date": date(2026, 9, 7),
}
ANSWERS = [
    {"serial": 1, "status": "accepted", "code": None, "message": None},
    {"serial": 2, "status": "rejected", "code": "E0101", "message": "证件号码不符"},
]
FILES = {
    "list": (LAYOUT, [FIRST, SECOND]),
    "hashed": (HASHED_LAYOUT, [HASHED]),
    "answer": (FEEDBACK_LAYOUT, ANSWERS),
}


def written(*records: dict, form: Form = Form.CSV, layout: DelimitedLayout = LAYOUT) -> io.BytesIO:
    buffer = io.BytesIO()
    assert roster.write(buffer, table(*records, layout=layout), form, layout) == len(records)
    buffer.seek(0)
    return buffer


def wrongs(*records: dict, layout: DelimitedLayout = LAYOUT, **asked: object) -> list[tuple]:
    """What is found, which must be the same in both forms."""
    found = [
        [
            (severity.value, wrong.line, wrong.field, wrong.code)
            for severity, wrong in roster.judged(written(*records, form=form, layout=layout), **asked)
        ]
        for form in Form
    ]
    assert found[0] == found[1]
    return found[0]


def unpacked(data: bytes, form: Form) -> object:
    """The bytes of the file, or of each part of a workbook: how they are packed is the compressor's matter."""
    if form is Form.CSV:
        return data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [(entry.filename, entry.date_time, archive.read(entry)) for entry in archive.infolist()]


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize("name", FILES)
class TestGoldenFiles:
    def test_the_file_byte_for_byte(self, name: str, form: Form) -> None:
        layout, records = FILES[name]
        data = written(*records, form=form, layout=layout).getvalue()
        assert unpacked(data, form) == unpacked((GOLDEN / f"{name}.{form.value}").read_bytes(), form)

    def test_it_is_known_by_what_is_in_it(self, name: str, form: Form) -> None:
        layout, records = FILES[name]
        with (GOLDEN / f"{name}.{form.value}").open("rb") as file:
            (part,) = roster.read(file)
        assert part.layout is layout
        assert part.violations == ()
        assert part.records.to_pylist() == records


class TestPrinting:
    def test_identity_is_masked(self) -> None:
        (part,) = roster.read(written(FIRST))
        told = json.loads(next(roster.printed(part)))
        assert (told["name"], told["id_number"], told["mobile"]) == ("***", "***", "***")
        assert (told["line_no"], told["layout"], told["total_borrowed"], told["is_lost_contact"]) == (
            2,
            "roster",
            "50000.00",
            True,
        )

    @pytest.mark.parametrize("name", FILES)
    def test_what_is_printed_unmasked_is_given_back(self, name: str) -> None:
        layout, records = FILES[name]
        (part,) = roster.read(written(*records, layout=layout))
        given = roster.given(list(roster.printed_unmasked(part)))
        assert given.refused == ()
        assert given.found[layout.name].records.to_pylist() == records

    @pytest.mark.parametrize(
        "line",
        [
            "",
            "[]",
            "{",
            "{}",
            '{"layout":"other"}',
            '{"layout":["roster"]}',
            '{"layout":"roster","nope":1}',
            '{"layout":"roster","serial":[1]}',
            '{"layout":"roster","name":"\\ud800"}',
            "[" * 100_000,
        ],
    )
    def test_a_line_that_holds_no_record_is_refused(self, line: str) -> None:
        assert roster.given([line]).refused == (1,)
        assert [(wrong.line, wrong.code) for _, wrong in roster.judged_given([line])] == [(1, roster.NOT_A_RECORD)]

    def test_given_records_are_judged_by_line(self) -> None:
        (part,) = roster.read(written(FIRST, {**FIRST, "serial": 2, "days_overdue": 1}))
        lines = [*roster.printed_unmasked(part), "no record", '{"layout":"roster","serial":"x"}']
        found = [(wrong.line, wrong.field, wrong.code) for _, wrong in roster.judged_given(lines)]
        assert found[:2] == [(2, "days_overdue", "differs_from_dates"), (3, None, roster.NOT_A_RECORD)]
        assert (4, "serial", "not_an_integer") in found


class TestChecking:
    def test_a_right_file_has_nothing_wrong(self) -> None:
        assert wrongs(FIRST, SECOND, as_of=date(2026, 9, 7), overdue_months=6) == []

    def test_form_and_sense_in_one_pass(self) -> None:
        bad_number = {**FIRST, "serial": 2, "id_number": "110105194912310021"}
        doubtful = {**FIRST, "serial": 3, "outstanding_amount": Decimal("100000.01")}
        assert wrongs(FIRST, bad_number, doubtful) == [
            ("critical", 3, "id_number", "check_digit"),
            ("warning", 4, "outstanding_amount", "above_twice_borrowed"),
        ]

    def test_check_and_doubts_tell_them_apart(self) -> None:
        file = written({**FIRST, "outstanding_amount": Decimal("100000.01")}, {**FIRST, "serial": 1})
        assert [wrong.code for wrong in roster.check(file)] == ["duplicate", "duplicate"]
        file.seek(0)
        assert [wrong.code for wrong in roster.doubts(file)] == ["above_twice_borrowed"]

    def test_the_business_date_is_the_files_own_unless_given(self) -> None:
        assert wrongs(FIRST) == []
        assert wrongs(FIRST, as_of=date(2026, 9, 8)) == [("critical", 2, "report_date", "not_as_of")]
        earlier = {**FIRST, "serial": 2, "report_date": date(2026, 9, 6), "days_overdue": 307}
        assert wrongs(FIRST, earlier) == [("critical", 3, "report_date", "not_as_of")]

    def test_how_long_overdue_is_judged_when_the_policy_says_so(self) -> None:
        assert wrongs(FIRST, overdue_months=10) == []
        # Ten months after 3 November 2025 is 3 September 2026, eleven months is after the report.
        assert wrongs(FIRST, overdue_months=11) == [("critical", 2, "default_start_date", "not_overdue_enough")]

    def test_a_hashed_list_with_a_number_in_the_clear(self) -> None:
        clear = {**HASHED, "person_key": "11010519491231002X"}
        assert wrongs(HASHED, clear, layout=HASHED_LAYOUT) == [("critical", 3, "person_key", "pattern")]
        assert wrongs(HASHED, HASHED, layout=HASHED_LAYOUT) == [
            ("critical", 2, "person_key", "duplicate"),
            ("critical", 3, "person_key", "duplicate"),
        ]
        assert wrongs({**HASHED, "key_id": "a b"}, layout=HASHED_LAYOUT) == [("critical", 2, "key_id", "pattern")]

    def test_an_answer_has_no_sense_to_judge(self) -> None:
        assert wrongs(*ANSWERS, layout=FEEDBACK_LAYOUT) == []

    def test_no_more_are_listed_than_asked_for(self) -> None:
        bad = [{**FIRST, "serial": number, "days_overdue": 1} for number in range(1, 6)]
        limits = RosterLimits(ReadLimits(violations=2))
        assert len(list(roster.check(written(*bad), limits=limits))) == 2

    @pytest.mark.parametrize(
        "data", [b"", b"\x00\xff", "张三,李四\r\n".encode(), b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"]
    )
    def test_what_is_no_file_of_this_bureau_is_told_and_nothing_more(self, data: bytes) -> None:
        (part,) = roster.read(io.BytesIO(data))
        assert (part.records.num_rows, part.violation_count) == (0, 1)
        assert list(roster.printed(part)) == []
        assert [severity for severity, _ in roster.judged(io.BytesIO(data))] == [Severity.CRITICAL]
