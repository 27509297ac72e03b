"""PBoC: what the writer prints and refuses, files cut by the bureau's limits, headers and names compared."""

import io
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime

import polars as pl
import pytest

from delivery.bureaus import pboc
from delivery.bureaus.pboc import FileLimits
from delivery.formats.tagged_records import TaggedRecords
from delivery.formats.tagged_writer import printed_lines
from schemas.bureaus.pboc import FORM, RECORDS, FileName, free_names
from schemas.bureaus.tagged import RECORD_NO
from schemas.errors import ArrearsError
from schemas.errors.pboc import LINE_TOO_LONG, TOO_MANY_RECORDS
from schemas.errors.seal import FILE_NAMES_EXHAUSTED, RECORDS_BREAK_LAYOUT, RECORDS_LACK_COLUMNS
from tests.delivery.pboc_examples import (
    BASE,
    EXAMPLE,
    GOLDEN_FILE,
    MADE_AT,
    NAME,
    SEGMENT_CODE,
    assert_same,
    file_of,
    lines_of,
    read,
    records,
    written,
)

DELETION = {"InfRecType": "214", "DelRecCode": "X6101010000246LN1"}


def refused(given, kind="210"):
    with pytest.raises(ArrearsError) as caught:
        lines_of(given, kind)
    return caught.value.kind, caught.value.facts


def test_a_tag_that_is_not_there_is_not_printed_and_an_empty_one_is():
    one, two = {"DelRecCode": ""}, DELETION | {"DelRecCode": None}
    assert lines_of(records(DELETION, one, two, kind="214"), "214").decode().splitlines() == [
        "<Document><InAcctEntDel><InfRecType>214</InfRecType><DelRecCode>X6101010000246LN1</DelRecCode></InAcctEntDel></Document>",
        "<Document><InAcctEntDel><DelRecCode></DelRecCode></InAcctEntDel></Document>",
        "<Document><InAcctEntDel><InfRecType>214</InfRecType></InAcctEntDel></Document>",
    ]


def test_markup_in_values_is_escaped():
    given = records({"AcctBsSgmt": {"Name": "<A & B>"}}, {"AcctBsSgmt": {"Name": "C"}})
    assert lines_of(given).decode().splitlines() == [
        "<Document><InAcctInf><AcctBsSgmt><Name>&lt;A &amp; B&gt;</Name></AcctBsSgmt></InAcctInf></Document>",
        "<Document><InAcctInf><AcctBsSgmt><Name>C</Name></AcctBsSgmt></InAcctInf></Document>",
    ]


def test_a_value_like_a_tag_is_escaped():
    given = records({"AcctBsSgmt": {"Name": "</Name><Name>"}})
    assert b"<Name>&lt;/Name&gt;&lt;Name&gt;</Name>" in lines_of(given)
    assert_same(read(written(given))[0], given)


def test_few_values_with_markup_among_many_are_escaped():
    names = ["A & B" if number % 97 == 5 else "甲 > 乙" if number == 9_000 else "丙" for number in range(9_500)]
    given = records(*({"AcctBsSgmt": {"Name": name, "IDNum": str(number)}} for number, name in enumerate(names)))
    expected = [
        f"<Name>{name.replace('&', '&amp;').replace('>', '&gt;')}</Name><IDNum>{number}</IDNum>"
        for number, name in enumerate(names)
    ]
    lines = lines_of(given).decode().splitlines()
    assert [line.split("Sgmt>")[1].removesuffix("</AcctBs") for line in lines] == expected


def test_groups_stand_where_the_layout_has_them_in_their_order():
    parties = {"RltRepymtNm": "2", "RltRepymtInf": [{"InfoIDType": "1", "ArlpName": "<甲>"}, {"InfoIDType": "2"}]}
    given = records({"RltRepymtInfSgmt": {"RltRepymtNm": "0"}}, {"RltRepymtInfSgmt": parties})
    assert lines_of(given).decode().splitlines()[1] == (
        "<Document><InAcctInf><RltRepymtInfSgmt><RltRepymtNm>2</RltRepymtNm>"
        "<RltRepymtInf><InfoIDType>1</InfoIDType><ArlpName>&lt;甲&gt;</ArlpName></RltRepymtInf>"
        "<RltRepymtInf><InfoIDType>2</InfoIDType></RltRepymtInf></RltRepymtInfSgmt></InAcctInf></Document>"
    )


def test_a_correction_has_the_segment_within_another():
    head = {"InfRecType": "212", "ModRecCode": "X1", "MdfcSgmtCode": "F"}
    given = records({"BsSgmt": head, "MdfcSgmt": {}, "AcctCredSgmt": {"Mcc": "X2"}}, kind="212")
    assert lines_of(given, "212").decode() == (
        "<Document><InAcctMdfc><BsSgmt><InfRecType>212</InfRecType><ModRecCode>X1</ModRecCode>"
        "<MdfcSgmtCode>F</MdfcSgmtCode></BsSgmt><MdfcSgmt><AcctCredSgmt><Mcc>X2</Mcc></AcctCredSgmt></MdfcSgmt>"
        "</InAcctMdfc></Document>\r\n"
    )


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\x1f", "\r", "\n", "\ufffe", "\uffff"])
def test_characters_that_xml_or_a_line_can_not_hold_are_refused_with_record_and_tag(character):
    bad = EXAMPLE | {"AcctBsSgmt": BASE | {"Name": f"secret{character}"}}
    kind, facts = refused(records(EXAMPLE, bad, EXAMPLE))
    assert kind is RECORDS_BREAK_LAYOUT
    assert (facts["row"], facts["field"], facts["rule"]) == (3, "AcctBsSgmt.Name", "character_refused")
    assert "secret" not in str(facts)


def test_characters_in_groups_are_refused_too():
    given = records(EXAMPLE, {"RltRepymtInfSgmt": {"RltRepymtInf": [{"ArlpName": "a\x01"}]}})
    kind, facts = refused(given)
    assert (kind, facts["row"], facts["field"]) == (RECORDS_BREAK_LAYOUT, 3, "RltRepymtInfSgmt.RltRepymtInf.ArlpName")


def test_fullwidth_characters_near_the_refused_ones_are_printed():
    given = records({"AcctBsSgmt": {"Name": "（ﾞ）\ufffd"}})
    assert_same(read(written(given))[0], given)


def test_an_item_outside_its_segment_is_refused():
    given = records(EXAMPLE, EXAMPLE)
    frame = given.records.with_columns((pl.col(RECORD_NO) != 3).alias("AcctBsSgmt"))
    kind, facts = refused(TaggedRecords(frame))
    assert (kind, facts["row"], facts["rule"]) == (RECORDS_BREAK_LAYOUT, 3, "not_in_segment")


def test_a_group_outside_its_segment_is_refused():
    given = records(EXAMPLE, EXAMPLE | {"RltRepymtInfSgmt": {"RltRepymtInf": [{"ArlpName": "a"}]}})
    frame = given.records.with_columns(pl.lit(False).alias("RltRepymtInfSgmt"))
    kind, facts = refused(replace(given, records=frame))
    assert (kind, facts["row"], facts["field"]) == (RECORDS_BREAK_LAYOUT, 3, "RltRepymtInfSgmt.RltRepymtInf")


def test_a_segment_within_one_that_is_not_there_is_refused():
    kind, facts = refused(records({"AcctCredSgmt": {"Mcc": "1"}}, kind="212"), "212")
    assert (kind, facts["field"], facts["rule"]) == (RECORDS_BREAK_LAYOUT, "AcctCredSgmt", "not_in_segment")


def test_numbers_must_ascend_over_all_parts():
    for parts in ([records(EXAMPLE), records(EXAMPLE)], [TaggedRecords(records(EXAMPLE, EXAMPLE).records[::-1])]):
        with pytest.raises(ArrearsError) as caught:
            written(*parts)
        assert (caught.value.kind, caught.value.facts["rule"]) == (RECORDS_BREAK_LAYOUT, "not_ascending")


def test_a_group_without_its_record_is_refused():
    given = records(EXAMPLE | {"RltRepymtInfSgmt": {"RltRepymtInf": [{"ArlpName": "a"}]}})
    groups = {path: rows.with_columns(pl.lit(7, pl.Int64).alias(RECORD_NO)) for path, rows in given.groups.items()}
    kind, facts = refused(replace(given, groups=groups))
    assert (kind, facts["rule"]) == (RECORDS_BREAK_LAYOUT, "no_such_record")


def test_frames_of_other_columns_are_refused():
    given = records(EXAMPLE)
    for frame in (
        given.records.drop("AcctBsSgmt.Name"),
        given.records.with_columns(pl.lit(1).alias("loan_id")),
        given.records.with_columns(pl.lit(1).alias("AcctMthlyBlgInfSgmt.AcctBal")),
    ):
        assert refused(TaggedRecords(frame))[0] is RECORDS_LACK_COLUMNS
    assert refused(TaggedRecords(given.records, {"CccInf": given.records}))[0] is RECORDS_LACK_COLUMNS


def test_a_line_above_the_limit_is_refused():
    form = replace(FORM, most_characters=len(lines_of(records(EXAMPLE)).decode()) - 2)
    longer = EXAMPLE | {"AcctBsSgmt": BASE | {"Name": BASE["Name"] + "乙"}}
    assert len(list(printed_lines([records(EXAMPLE)], RECORDS["210"], form))) == 1
    with pytest.raises(ArrearsError) as caught:
        list(printed_lines([records(EXAMPLE, longer)], RECORDS["210"], form))
    assert (caught.value.kind, caught.value.facts["row"]) == (LINE_TOO_LONG, 3)


def test_a_batch_without_records_is_a_header():
    assert written() == b"A0502102.0.0  X61010100002462024022920300000000000\r\n"


def test_persons_have_a_template_of_their_own():
    assert written(kind="110")[:14] == b"A0501102.0.010"


class Folder:
    """Files in memory by name."""

    def __init__(self):
        self.files = {}

    @contextmanager
    def open(self, name):
        assert name.plain not in self.files
        file = io.BytesIO()
        yield file
        self.files[name.plain] = file.getvalue()


def cut(parts, limits, used=()):
    folder = Folder()
    names = free_names(used, SEGMENT_CODE, MADE_AT.date(), "210")
    made = pboc.write_files(folder.open, names, MADE_AT, parts, limits)
    return [(name.plain, count) for name, count in made], folder.files


def test_files_are_cut_by_records_and_have_names_of_their_own():
    made, files = cut([records(*[EXAMPLE] * 4), records(*[EXAMPLE] * 3, first=6)], FileLimits(records=3))
    names = [f"X6101010000246202402292100{serial:03d}0.txt" for serial in (1, 2, 3)]
    assert made == [(names[0], 3), (names[1], 3), (names[2], 1)]
    assert [data[43:50] for data in files.values()] == [b"0000003", b"0000003", b"0000001"]
    bodies = b"".join(data.partition(b"\r\n")[2] for data in files.values())
    assert bodies == lines_of(records(EXAMPLE)) * 7


def test_files_are_cut_by_characters():
    length = len(lines_of(records(EXAMPLE)).decode())
    for limit, counts in ((52 + 2 * length, [2, 2, 1]), (52 + 2 * length - 1, [1] * 5), (52 + 5 * length, [5])):
        made, files = cut([records(*[EXAMPLE] * 5)], FileLimits(characters=limit))
        assert [count for _, count in made] == counts
        assert all(len(data.decode()) <= limit for data in files.values())


def test_a_record_above_what_a_file_may_have_is_refused():
    with pytest.raises(ArrearsError) as caught:
        cut([records(EXAMPLE)], FileLimits(characters=500))
    assert caught.value.kind is LINE_TOO_LONG


def test_a_batch_without_records_makes_one_file():
    assert cut([], FileLimits())[0] == [("X61010100002462024022921000010.txt", 0)]


def test_names_go_on_behind_those_that_were_used():
    used = [
        "X61010100002462024022921000070.enc",
        "X61010100002462024022921000093.txt",
        "X61010100002462024022811000990.txt",
    ]
    assert cut([records(EXAMPLE)], FileLimits(), used)[0] == [("X61010100002462024022921000100.txt", 1)]


def test_no_file_is_written_without_a_name():
    used = ["X61010100002462024022921009990.txt"]
    with pytest.raises(ArrearsError) as caught:
        cut([records(EXAMPLE)], FileLimits(), used)
    assert caught.value.kind is FILE_NAMES_EXHAUSTED
    with pytest.raises(ArrearsError) as caught:
        cut([records(*[EXAMPLE] * 3)], FileLimits(records=1), ["X61010100002462024022921009980.txt"])
    assert caught.value.kind is FILE_NAMES_EXHAUSTED


def test_more_records_than_a_file_may_have_are_refused(monkeypatch):
    monkeypatch.setattr(pboc, "MOST_RECORDS", 2)
    with pytest.raises(ArrearsError) as caught:
        written(records(*[EXAMPLE] * 3))
    assert caught.value.kind is TOO_MANY_RECORDS


def test_name_and_time_are_of_one_day():
    with pytest.raises(ValueError, match="different days"):
        pboc.write(io.BytesIO(), NAME, datetime.fromisoformat("2024-03-01T00:00:00"), [])


@pytest.mark.parametrize(
    ("header", "codes"),
    [
        (b"A0502102.0.0  X61010100002462024022920300000000001", []),
        (b"A0502102.0.0  X61010100002462024022920300000000002", ["ABH005"]),
        (b"A0502101.0.0  X61010100002462024022920300000000001", ["ABH006"]),
        (b"A0502102.0.010X61010100002462024022920300000000001", ["ABH006"]),
        (b"A0512102.0.0  X61010100002462024022920300000000001", ["ABH005"]),
        (b"A0502102.0.0  X6101010000246202402292030000000001", ["ABH005"]),
        (b"A0502102.0.0  X61010100002462024023020300000000001", ["ABH005"]),
        (b"A0502102.0.0  X61010100002472024022920300000000001", ["ABN004", "ABF007"]),
        (b"A0502102.0.0  X61010100002462024022820300000000001", ["ABF007"]),
        (b"B0502102.0.0  X61010100002462024022920300000000001", ["ABH005"]),
        ("A0502102.0.0  ×6101010000246202402292030000000001".encode(), ["ABH005"]),
    ],
)
def test_headers_are_compared_with_the_name_and_the_file(header, codes):
    data = header + b"\r\n" + lines_of(records(EXAMPLE))
    back, found = read(data, name=NAME.plain, segment_code=SEGMENT_CODE)
    assert found == [(1, None, code) for code in codes]
    assert back.height == 1


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        (NAME.plain, []),
        (NAME.packed, []),
        ("X61010100002462024022921000010.TXT", ["ABN003"]),
        ("../X61010100002462024022921000010.txt", ["ABN003"]),
        ("X61010100002462024022921000000.txt", ["ABN003"]),
        ("X61010100002462024023021000010.txt", ["ABN003"]),
        ("X61010100002462024022921000013.txt", ["ABN003"]),
        ("X61010100002462024022911000010.txt", ["ABF007"]),
        ("X61010100002472024022921000010.txt", ["ABN004", "ABF007"]),
    ],
)
def test_names_are_compared_with_the_header(name, codes):
    _, found = read(GOLDEN_FILE.read_bytes(), name=name, segment_code=SEGMENT_CODE)
    assert found == [(None if code == "ABN003" else 1, None, code) for code in codes]


def test_a_name_that_was_used_is_told():
    used = [NAME.packed, FileName(SEGMENT_CODE, date(2024, 2, 28), "210", 1).plain]
    assert read(GOLDEN_FILE.read_bytes(), name=NAME.plain, used_names=used)[1] == [(None, None, "ABF009")]
    assert read(GOLDEN_FILE.read_bytes(), name=NAME.plain, used_names=used[1:])[1] == []


def test_a_type_that_can_not_be_read_is_told():
    data = file_of(b"<Document><InSecAcctInf></InSecAcctInf></Document>\r\n", "230")
    assert read(data) == (None, [(1, None, "ABR000")])


def test_what_is_printed_hides_identity():
    given = records(
        EXAMPLE | {"RltRepymtInfSgmt": {"RltRepymtNm": "1", "RltRepymtInf": [{"ArlpName": "王小明", "ArlpType": "2"}]}}
    )
    part = next(pboc.read(io.BytesIO(written(given))))
    masked, clear = "".join(pboc.printed(part)), "".join(pboc.printed_unmasked(part))
    for secret in ("测试甲", "11010519491231002X", "王小明"):
        assert (secret in masked, secret in clear) == (False, True)
    assert '"TotOverd": "8200"' in masked
    assert '"CloseDate": ""' in masked
    assert '"RltRepymtInf": [{"ArlpName": "***", "ArlpType": "2"}]' in masked


@pytest.mark.parametrize(
    "line",
    [
        "",
        "[]",
        "null",
        "{",
        '{"type": "999"}',
        '{"type": ["210"]}',
        '{"type": "210", "x": "1"}',
        '{"type": "210", "AcctBsSgmt": "1"}',
        '{"type": "210", "AcctBsSgmt": {"Name": 1}}',
        '{"type": "210", "RltRepymtInfSgmt": {"RltRepymtInf": {"ArlpName": "1"}}}',
        '{"type": "210", "RltRepymtInfSgmt": {"RltRepymtInf": [{"x": "1"}]}}',
        '{"type": "214", "DelRecCode": "\\ud800"}',
        "[" * 100_000,
    ],
)
def test_lines_of_json_that_hold_no_record_are_refused(line):
    good = '{"record_no": 9, "type": "214", "InfRecType": "214"}'
    by_type, refused_lines = pboc.given([good, line, good])
    assert refused_lines == (2,)
    assert by_type["214"].records.rows() == [(2, "214", None), (4, "214", None)]
