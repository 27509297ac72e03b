"""PBoC: answers of the centre and of the local checker, read and written."""

import base64
import io

import polars as pl
import pytest

from delivery.bureaus import pboc
from delivery.bureaus.pboc_feedback import AnswerOrigin, read_answer, read_header, write_answer
from delivery.formats.tagged_framing import TaggedLimits
from delivery.formats.tagged_refusals import LINE_TEXT, REFUSALS
from schemas.bureaus.pboc import SOME_REFUSED
from schemas.bureaus.pboc_feedback import AnswerHeader
from schemas.bureaus.tagged import RECORD_NO
from tests.delivery.pboc_examples import EXAMPLE, MADE_AT, NAME, assert_same, lines_of, records

LINE = lines_of(records(EXAMPLE)).rstrip(b"\r\n")
HEADER = b"A0722.0.0" + b"X6101010000246202402292030000000003" + b"20240301080000" + b"0000001" + b"0000002"


def answer_line(number, faults, record=LINE, count=None):
    told = "".join(f"<ErrInf><FbCode>{code}</FbCode><FbMsg>{tag}</FbMsg></ErrInf>" for code, tag in faults)
    text = base64.b64encode(record).decode()
    return (
        f"<Document><FbInf><ErrRecId>{number}</ErrRecId><FbErrNum>{len(faults) if count is None else count}</FbErrNum>"
        f"{told}<ErrRec>{text}</ErrRec></FbInf></Document>\r\n"
    ).encode()


ANSWER = (
    HEADER
    + b"\r\n"
    + answer_line(3, [("BLE019", "TotOverd"), ("ABR002", "0000")])
    + answer_line(4, [("ABE000", "Name")])
)


def opened(data, origin=AnswerOrigin.CENTRE, record_type="210", limits=None):
    parts = list(read_answer(io.BytesIO(data), record_type, origin, limits or TaggedLimits()))
    refusals = [row for part in parts for row in part.refusals.rows()]
    held = [part.records for part in parts if part.records is not None]
    return refusals, held, [(each.line, each.field, each.code) for part in parts for each in part.violations]


def test_the_header_is_read():
    header = read_header(io.BytesIO(ANSWER))
    assert (header.loaded, header.refused, header.made_at.isoformat()) == (1, 2, "2024-03-01T08:00:00")
    assert (header.version, header.unexplained) == ("2.0.0", "X6101010000246202402292030000000003")
    assert (header.line.encode(), len(header.line)) == (HEADER, 72)
    assert read_header(io.BytesIO(b"A0722.0.0\xff\r\n")) is None


def test_refusals_and_records_of_an_answer_are_read():
    refusals, held, found = opened(ANSWER)
    assert refusals == [(3, "BLE019", "TotOverd"), (3, "ABR002", None), (4, "ABE000", "Name")]
    assert found == []
    assert_same(held[0], records(EXAMPLE, EXAMPLE, first=3))


def test_the_local_checker_counts_without_the_header():
    refusals, held, _ = opened(ANSWER, AnswerOrigin.LOCAL_CHECKER)
    assert [row[0] for row in refusals] == [4, 4, 5]
    assert held[0].records[RECORD_NO].to_list() == [4, 5]


def test_totals_are_compared():
    assert opened(ANSWER.replace(b"0000002\r\n", b"0000003\r\n", 1))[2] == [(1, None, "ABH005")]


@pytest.mark.parametrize(
    ("line", "refusals", "found"),
    [
        (answer_line(3, [("BLE019", "TotOverd")], count=2), [(3, "BLE019", "TotOverd")], [(2, "FbErrNum", "ABE010")]),
        (answer_line("x", [("BLE019", "TotOverd")]), [(None, "BLE019", "TotOverd")], [(2, "ErrRecId", "ABE001")]),
        (answer_line("", [("ABH005", "0000")], b""), [(None, "ABH005", None)], []),
        (answer_line(99999999999999999999, [("A", "B")]), [(None, "A", "B")], [(2, "ErrRecId", "ABE001")]),
        (answer_line(3, [("A", "B")], b"\xff\xfe<"), [(3, "A", "B")], [(2, "ErrRec", "ABR006")]),
        (answer_line(3, [("A", "B")], b"<!DOCTYPE x><Document/>"), [(3, "A", "B")], [(2, "ErrRec", "ABR006")]),
        (answer_line(3, [("A", "B")], b"<InAcctInf></InAcctInf>"), [(3, "A", "B")], []),
        (
            answer_line(3, [("A", "B")]).replace(b"<ErrRec>", b"<ErrRec>\xe4\xb8\xad"),
            [(3, "A", "B")],
            [(2, "ErrRec", "ABR006")],
        ),
        (
            answer_line(3, [("A", "B")]).replace(b"<FbErrNum>1</FbErrNum>", b""),
            [(3, "A", "B")],
            [(2, "FbErrNum", "ABE010")],
        ),
        (answer_line(3, []), [], []),
        (b"nothing\r\n", [], [(2, None, "ABR006")]),
    ],
)
def test_answers_that_are_wrong_are_told(line, refusals, found):
    data = HEADER.replace(b"0000002", b"0000001") + b"\r\n" + line
    told, _, wrong = opened(data)
    assert (told, wrong) == (refusals, found)


def test_a_record_that_came_back_without_its_document_is_read():
    inner = LINE.removeprefix(b"<Document>").removesuffix(b"</Document>")
    data = HEADER.replace(b"0000002", b"0000001") + b"\r\n" + answer_line(3, [("A", "B")], inner)
    _, held, found = opened(data)
    assert found == []
    assert_same(held[0], records(EXAMPLE, first=3))


def test_a_record_that_came_back_twice_is_taken_once():
    _, held, _ = opened(HEADER + b"\r\n" + answer_line(3, [("A", "B")]) * 2)
    assert_same(held[0], records(EXAMPLE, first=3))


def test_answers_for_a_type_without_layout_have_refusals_only():
    refusals, held, found = opened(ANSWER, record_type="230")
    assert (len(refusals), held, found) == (3, [], [])


def test_what_is_no_answer_is_told():
    data = b"A0502102.0.0  X61010100002462024022920300000000001\r\n" + LINE
    assert opened(data)[0] == []
    assert opened(b"x")[2] == [(1, None, "ABH005")]


def test_what_is_written_is_read_back():
    lines = [LINE, LINE.replace("测试甲".encode(), b"A&amp;B"), LINE]
    faults = [(2, "ABE000", "Name"), (5, "ABR002", None), (5, "BLE019", "TotOverd"), (7, "ABR006", None)]
    refusals = pl.DataFrame(faults, REFUSALS, orient="row")
    texts = pl.DataFrame({RECORD_NO: [2, 5, 7], LINE_TEXT: [line.decode() for line in lines]})
    file = io.BytesIO()
    assert write_answer(file, AnswerHeader("2.0.0", "", MADE_AT, 4, 3), [refusals], [texts]) == 3
    told, held, found = opened(file.getvalue())
    assert (told, found) == (faults, [])
    assert held[0].records[RECORD_NO].to_list() == [2, 5, 7]
    assert held[0].records["AcctBsSgmt.Name"].to_list() == ["测试甲", "A&B", "测试甲"]


def test_the_header_counts_what_is_written():
    with pytest.raises(ValueError, match="counts 1 refused"):
        write_answer(io.BytesIO(), AnswerHeader("2.0.0", "", MADE_AT, 0, 1), [], [])


def test_the_reader_of_data_files_knows_answers_and_hides_the_records_in_them():
    part = next(pboc.read(io.BytesIO(ANSWER)))
    masked = "".join(pboc.printed(part))
    assert '"FbCode": "BLE019", "FbMsg": "TotOverd"' in masked
    assert '"ErrRec": "***"' in masked
    assert list(pboc.check(io.BytesIO(ANSWER))) == []


def test_names_of_answers():
    assert NAME.answered(SOME_REFUSED).packed == "X61010100002462024022921000013.enc"
