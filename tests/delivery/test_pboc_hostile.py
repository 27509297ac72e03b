"""PBoC: files that are broken or mean harm are reported, never followed, and what can be read is read."""

import io
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from delivery.bureaus import pboc
from delivery.formats.tagged_framing import TaggedLimits
from schemas.bureaus.tagged import RECORD_NO
from tests.delivery.pboc_examples import EXAMPLE, GOLDEN_FILE, file_of, lines_of, read, records

LINE = lines_of(records(EXAMPLE))
TEXT = LINE.rstrip(b"\r\n")
OPENING = b"<Document><InAcctInf>"
LAUGHS = b'<!DOCTYPE Document [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
NESTED = b"<Document><InAcctInf><AcctBsSgmt>" + b"<Name>" * 3


def changed(old, new):
    assert old in LINE
    return LINE.replace(old, new, 1)


BROKEN = {
    "billion laughs": (LAUGHS + changed(b"<Name>", b"<Name>&b;"), None, "ABR006"),
    "document type": (b"<!DOCTYPE Document>" + LINE, None, "ABR006"),
    "outside file": (
        b'<!DOCTYPE D [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + changed(b"<Name>", b"<Name>&x;"),
        None,
        "ABR006",
    ),
    "unknown entity": (changed(b"<Name>", b"<Name>&x;"), None, "ABR006"),
    "declaration": (b'<?xml version="1.0"?>' + LINE, None, "ABR006"),
    "instruction": (changed(b"<Name>", b"<?run rm?><Name>"), None, "ABR006"),
    "comment": (changed(b"<Name>", b"<!-- --><Name>"), None, "ABR006"),
    "NUL": (changed(b"<Name>", b"<Name>\x00"), None, "ABR006"),
    "control character": (changed(b"<Name>", b"<Name>\x0b"), None, "ABR006"),
    "reference to a control character": (changed(b"<Name>", b"<Name>&#0;"), None, "ABR006"),
    "noncharacter": (changed(b"<Name>", b"<Name>\xef\xbf\xbf"), None, "ABR006"),
    "end of a literal section": (changed(b"<Name>", b"<Name>]]>"), None, "ABR006"),
    "cut short": (LINE[:300] + b"\r\n", None, "ABR006"),
    "two documents": (TEXT + LINE, None, "ABR006"),
    "text only": (b"nothing\r\n", None, "ABR006"),
    "wrong root": (LINE.replace(b"Document>", b"Dokument>"), None, "ABR006"),
    "no record": (b"<Document></Document>\r\n", None, "ABR006"),
    "two records": (changed(b"</Document>", b"<InAcctInf/></Document>"), None, "ABR000"),
    "record of another type": (LINE.replace(b"InAcctInf>", b"InBasInf>"), None, "ABR000"),
    "value within a value": (NESTED + b"</Name>" * 3 + b"</AcctBsSgmt></InAcctInf></Document>\r\n", None, "ABR000"),
    "tag twice": (changed(b"<Name>", b"<Name/><Name>"), "AcctBsSgmt.Name", "ABR000"),
    "segment twice": (
        changed(b"</InAcctInf>", b"<AcctMthlyBlgInfSgmt><UsedAmt/></AcctMthlyBlgInfSgmt></InAcctInf>"),
        "AcctMthlyBlgInfSgmt",
        "ABR000",
    ),
    "text between tags": (changed(b"<Name>", b"x<Name>"), "AcctBsSgmt", "ABR000"),
    "not UTF-8": (changed(b"<Name>", b"<Name>\xb2\xe2"), None, "ABF011"),
    "empty line": (b"\r\n", None, "ABF010"),
}
"""Line, and the one violation that it gives; the record is left out."""

KEPT = {
    "unknown tag": (changed(b"<Name>", b"<Nickname>x<y>z</y></Nickname><Name>"), "AcctBsSgmt", "ABR000"),
    "unknown segment": (
        changed(b"<AcctMthlyBlgInfSgmt>", b"<XSgmt><Name>y</Name></XSgmt><AcctMthlyBlgInfSgmt>"),
        None,
        "ABR000",
    ),
    "prefix": (changed(b"<Name>", b"<x:Name>y</x:Name><Name>"), "AcctBsSgmt", "ABR000"),
    "attribute": (changed(b"<Name>", b'<Name a="b">'), None, "ABR000"),
    "empty segment": (
        changed(b"</InAcctInf>", b"<AcctSpecTrstDspnSgmt/></InAcctInf>"),
        "AcctSpecTrstDspnSgmt",
        "ABD001",
    ),
    "segment out of order": (
        changed(b"</InAcctInf>", b"<AcctCredSgmt><Mcc>1</Mcc></AcctCredSgmt></InAcctInf>"),
        "AcctCredSgmt",
        "ABR000",
    ),
    "line end of LF": (TEXT + b"\n", None, "ABF010"),
    "CR within": (changed(b"<Name>", b"\r<Name>"), None, "ABF010"),
}
"""Line, and the one violation that it gives; the record is kept."""


@pytest.mark.parametrize("name", list(BROKEN))
@pytest.mark.parametrize("around", [1, 20])
def test_a_broken_record_is_told_and_left_out(name, around):
    line, field, code = BROKEN[name]
    count = None if name != "empty line" else 2 * around
    back, found = read(file_of(LINE * around + line + LINE * around, count=count))
    assert found == [(around + 2, field, code)]
    numbers = [*range(2, around + 2), *range(around + 3, 2 * around + 3)]
    assert back.records[RECORD_NO].to_list() == numbers
    assert set(back.records["AcctBsSgmt.Name"]) == {"测试甲"}


@pytest.mark.parametrize("name", list(KEPT))
@pytest.mark.parametrize("around", [1, 20])
def test_a_record_that_can_be_read_is_told_and_kept(name, around):
    line, field, code = KEPT[name]
    back, found = read(file_of(LINE * around + line + LINE * around))
    assert found == [(around + 2, field, code)]
    assert back.records[RECORD_NO].to_list() == list(range(2, 2 * around + 3))
    assert set(back.records["AcctBsSgmt.Name"]) == {"测试甲"}


@pytest.mark.parametrize("name", list(BROKEN | KEPT))
def test_many_lines_that_are_wrong_alike_are_all_told(name):
    line, field, code = (BROKEN | KEPT)[name]
    _, found = read(file_of(line * 30, count=0 if name == "empty line" else 30))
    assert found == [(number, field, code) for number in range(2, 32)]


def test_the_base_segment_of_a_correction_has_a_code_of_its_own():
    base = "<AcctBsSgmt><Name>a</Name><AcctCode>b</AcctCode></AcctBsSgmt>"
    head = "<BsSgmt><InfRecType>212</InfRecType></BsSgmt>"
    line = f"<Document><InAcctMdfc>{head}<MdfcSgmt>{base}</MdfcSgmt></InAcctMdfc></Document>\r\n".encode()
    assert read(file_of(line, "212"))[1] == [(2, "AcctBsSgmt", "BMR003")]


def test_entities_of_xml_and_references_are_read():
    line = changed(b"<Name>", b"<Name>&lt;&#20013;&#x4e2d;&amp;<![CDATA[<b>]]>")
    for times in (1, 30):
        back, found = read(file_of(line * times))
        assert (found, set(back.records["AcctBsSgmt.Name"])) == ([], {"<中中&<b>测试甲"})


def test_entities_are_replaced_once():
    line = changed(b"<Name>", b"<Name>&amp;lt;&quot;&apos;&gt;&amp;amp;")
    for times in (1, 30):
        back, found = read(file_of(LINE * times + line * times))
        names = back.records["AcctBsSgmt.Name"].to_list()
        assert (found, names) == ([], ["测试甲"] * times + ["&lt;\"'>&amp;测试甲"] * times)


@pytest.mark.parametrize("text", [b"&", b"&amp", b"&AMP;", b"&lt ;", b"&a&amp;", b"&nbsp;"])
def test_ampersands_that_begin_no_entity_are_told(text):
    line = changed(b"<Name>", b"<Name>" + text)
    back, found = read(file_of(LINE * 10 + line * 10))
    assert back.height == 10
    assert found == [(number, None, "ABR006") for number in range(12, 22)]


def test_a_line_that_is_too_long_is_left_out_in_bounded_memory():
    long = changed(b"<Name>", b"<Name>" + "中".encode() * 1_000)
    limits = TaggedLimits(line_characters=1_500, piece_bytes=512)
    assert len(TEXT.decode()) < 1_500 < len(long.decode())
    back, found = read(file_of(LINE + long + LINE), limits)
    assert found == [(3, None, "ABF008")]
    assert back.records[RECORD_NO].to_list() == [2, 4]


def test_characters_are_counted_and_not_bytes():
    line = changed(b"<Name>", b"<Name>" + "中".encode() * 1_000)
    length = len(line.decode().rstrip("\r\n"))
    assert read(file_of(line), TaggedLimits(line_characters=length))[1] == []
    assert read(file_of(line), TaggedLimits(line_characters=length - 1))[1] == [(2, None, "ABF008")]


def test_ten_megabytes_without_a_line_end_are_skipped():
    back, found = read(file_of(b"<" * 50_000_000 + b"\r\n" + LINE), TaggedLimits(piece_bytes=2**20))
    assert found == [(2, None, "ABF008")]
    assert back.records[RECORD_NO].to_list() == [3]


def test_a_line_of_ten_megabytes_within_the_limit_is_read():
    line = changed(b"<Name>", b"<Name>" + b"x" * 9_000_000)
    back, found = read(file_of(line + LINE))
    assert (found, len(back.records["AcctBsSgmt.Name"][0])) == ([], 9_000_003)


def test_tags_without_end_take_little_time():
    deep = OPENING + b"<a>" * 1_000_000 + b"\r\n"
    begins = time.process_time()
    _, found = read(file_of(deep))
    assert found == [(2, None, "ABR000"), (2, None, "ABR006")]
    assert time.process_time() - begins < 20


def test_a_byte_order_mark_is_told():
    back, found = read(b"\xef\xbb\xbf" + GOLDEN_FILE.read_bytes())
    assert (found, back.height) == ([(1, None, "ABF011")], 1)


def test_an_empty_file_is_told():
    assert read(b"") == (None, [(1, None, "ABF002")])


def test_the_last_line_may_have_no_end():
    back, found = read(GOLDEN_FILE.read_bytes().rstrip(b"\r\n"))
    assert (found, back.height) == ([], 1)


def test_a_file_without_a_header_is_read_by_its_records():
    back, found = read(LINE * 2)
    assert found == [(1, None, "ABH005")]
    assert back.records[RECORD_NO].to_list() == [1, 2]


def test_records_above_the_limit_are_not_read():
    back, found = read(file_of(LINE * 5), TaggedLimits(records=3))
    assert (back.height, found) == (3, [(5, None, "ABF002"), (1, None, "ABH005")])


def test_bytes_above_the_limit_are_not_read():
    data = file_of(LINE * 50)
    _, found = read(data, TaggedLimits(file_bytes=len(data) // 2, piece_bytes=2_000))
    assert "ABF002" in [code for _, _, code in found]


def test_no_more_violations_are_listed_than_wanted():
    parts = list(pboc.read(io.BytesIO(file_of(b"x\r\n" * 100)), TaggedLimits(violations=7)))
    assert sum(len(part.violations) for part in parts) == 7
    assert sum(part.violation_count for part in parts) == 100
    assert len(list(pboc.check(io.BytesIO(file_of(b"x\r\n" * 100)), TaggedLimits(violations=7)))) == 7


def test_no_violation_quotes_the_file():
    secrets = (b"Geheim", b"11010519491231002X")
    line = changed(b"<Name>", b"<Geheim>11010519491231002X</Geheim><Name>")
    for each in pboc.check(io.BytesIO(file_of(line))):
        assert not any(secret.decode() in f"{each.field}{each.message}" for secret in secrets)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 900), st.integers(0, 300), st.integers(1, 300))
@example(b"\x00", 60, 1, 7)
def test_reading_never_raises(noise, place, cut, piece_bytes):
    golden = GOLDEN_FILE.read_bytes()
    for data in (noise, golden[:place] + noise + golden[place + cut :], golden[:place]):
        for part in pboc.read(io.BytesIO(data), TaggedLimits(piece_bytes=piece_bytes)):
            assert part.violation_count >= len(part.violations)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([*(line for line, _, _ in (BROKEN | KEPT).values()), LINE]), max_size=40))
def test_a_line_is_read_the_same_whatever_stands_around_it(lines):
    alone = [read(file_of(line, count=0), TaggedLimits()) for line in lines]
    together, _ = read(file_of(b"".join(lines), count=0))
    expected = [row[1:] for back, _ in alone for row in back.records.rows()]
    assert [row[1:] for row in together.records.rows()] == expected


def test_millions_of_empty_lines_are_counted_and_few_are_listed():
    begins = time.process_time()
    parts = list(pboc.read(io.BytesIO(file_of(b"", count=0) + b"\n" * 3_000_000), TaggedLimits(violations=5)))
    assert sum(part.violation_count for part in parts) == 6_000_000
    assert sum(len(part.violations) for part in parts) == 5
    assert time.process_time() - begins < 20
