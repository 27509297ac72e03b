"""Metro 2 files of others: what is sound is read, each thing that is wrong is told exactly, and the rest goes on."""

import io
from datetime import date

import pytest

from delivery.bureaus import metro2
from delivery.formats import fault_list, fixed_width, fixed_width_reading, record_framing, segment_walk
from delivery.formats.segmented_reader import SegmentedLimits
from schemas.bureaus.fixed_width import WireForm
from tests.delivery.metro2_examples import (
    BASE,
    EVERY_SEGMENT,
    HEADER,
    J1,
    J2,
    K1,
    K2,
    found,
    read_parts,
    read_records,
    records,
    same,
    written,
)

CLEAN = written({"base": BASE}, {"base": {**BASE, "account_number": "B2"}, "j1": [J1]}, {"base": BASE})
FIRST, SECOND, THIRD = 428, 856, 856 + 528


def patched(at: int, content: str | bytes, data: bytes = CLEAN) -> bytes:
    """Other bytes at a position of a record, given as the record's place plus the guide's position, from 1."""
    held = content.encode("latin-1") if isinstance(content, str) else content
    return data[: at - 1] + held + data[at - 1 + len(held) :]


def lines(data: bytes = CLEAN) -> list[bytes]:
    return data.split(b"\r\n")[:-1]


def joined(*given: bytes, end: bytes = b"\r\n") -> bytes:
    return b"".join(line + end for line in given)


class TestSoundFiles:
    def test_nothing_is_wrong_with_what_is_written(self) -> None:
        for form in WireForm:
            assert found(written({"base": BASE, **EVERY_SEGMENT}, form=form)) == []

    @pytest.mark.parametrize("end", [b"\r\n", b"\n", b"\r", b"", b"\r\n\r\n"])
    def test_any_line_end_and_none(self, end: bytes) -> None:
        data = joined(*lines(), end=end)
        assert found(data) == []
        assert same(read_records(data), read_records(CLEAN))

    def test_the_last_line_end_may_be_missing_or_followed_by_the_mark_of_old_systems(self) -> None:
        assert found(CLEAN.removesuffix(b"\r\n")) == []
        assert found(CLEAN + b"\x1a") == []

    def test_numbers_are_those_of_the_lines(self) -> None:
        assert read_records(CLEAN).base["record_no"].to_list() == [2, 3, 4]
        assert read_records(CLEAN).appended["j1"]["record_no"].to_list() == [3]

    def test_values(self) -> None:
        row = read_records(CLEAN).base.row(0, named=True)
        assert row == {"record_no": 2, **{name: BASE.get(name) for name in row if name != "record_no"}}

    def test_header_and_trailer(self) -> None:
        parts = read_parts(CLEAN)
        header = next(part.header for part in parts if part.header is not None)
        trailer = next(part.trailer for part in parts if part.trailer is not None)
        assert header["reporter_name"].to_list() == ["TEST LENDER"]
        assert header["program_on"].to_list() == [None]
        assert trailer.select("base_records", "j1_segments", "status_84_total").row(0) == (3, 1, 3)

    def test_segments_of_blanks_or_nines_stand_for_none(self) -> None:
        head, first, *_, trailer = lines(written({"base": BASE}))
        for filler in (b" ", b"9"):
            record = b"0660" + first[4:] + b"J2" + filler * 198 + b"K1" + filler * 32
            data = joined(head, record, trailer)
            assert found(data) == []
            assert read_records(data).appended == {}

    def test_records_of_one_length_are_filled_up_with_blanks(self) -> None:
        data = joined(*(b"0700" + line[4:].ljust(696) for line in lines()), end=b"")
        assert found(data) == []
        assert same(read_records(data), read_records(CLEAN))

    def test_blocks_may_hold_more_than_one_record_and_blanks(self) -> None:
        head, first, second, third, trailer = lines()
        two = first + second
        blocks = [head, two, third, trailer]
        data = b"".join(b"%04d" % (len(block) + 4 + 6) + block + b" " * 6 for block in blocks)
        assert found(data) == []
        assert same(read_records(data), read_records(CLEAN))

    def test_packed_numbers_may_have_any_positive_sign(self) -> None:
        data = written({"base": BASE}, form=WireForm.PACKED)
        at = 374 + 133
        for sign in (0xA, 0xE, 0xF):
            changed = data[:at] + bytes([data[at] & 0xF0 | sign]) + data[at + 1 :]
            assert found(changed) == []

    def test_a_file_without_records(self) -> None:
        assert found(written()) == []
        assert read_records(written()).base.height == 0


class TestCells:
    """One cell is changed; the second of three records, line 3."""

    @pytest.mark.parametrize(
        ("position", "content", "field", "code"),
        [
            (394, "SPRÄNGFIELD", "city", fixed_width.ILLEGAL_CHARACTER),
            (394, "A\x00B", "city", fixed_width.ILLEGAL_CHARACTER),
            (394, "\xff", "city", fixed_width.ILLEGAL_CHARACTER),
            (76, "02302023", "opened_on", fixed_width.NOT_A_DATE),
            (76, "20230115", "opened_on", fixed_width.NOT_A_DATE),
            (76, "01150000", "opened_on", fixed_width.NOT_A_DATE),
            (6, "09072026240000", "time_stamp", fixed_width.NOT_A_DATE),
            (155, "0000000-1", "current_balance", fixed_width.NOT_DIGITS),
            (155, "     7421", "current_balance", fixed_width.NOT_DIGITS),
            (298, "12345678X", "ssn", fixed_width.NOT_DIGITS),
            (426 + 79, "02291981", "j1.born_on", fixed_width.NOT_A_DATE),
        ],
    )
    def test_what_cannot_be_read_takes_the_record_out(self, position: int, content: str, field: str, code: str) -> None:
        data = patched(SECOND + position, content)
        assert found(data) == [(3, field, code)]
        assert read_records(data).base["record_no"].to_list() == [2, 4]
        assert read_records(data).appended == {}

    @pytest.mark.parametrize(
        ("position", "content", "field", "code"),
        [
            (394, "Springfield", "city", fixed_width_reading.LOWER_CASE),
            (394, " SPRINGFIELD", "city", fixed_width_reading.NOT_LEFT_JUSTIFIED),
            (155, " " * 9, "current_balance", fixed_width_reading.NOT_ZERO_FILLED),
            (315, " " * 10, "telephone", fixed_width_reading.NOT_ZERO_FILLED),
            (215, "X", "reserved_29", fixed_width_reading.RESERVED_FILLED),
            (394, " " * 20, "city", fixed_width.REQUIRED),
            (76, "00000000", "opened_on", fixed_width.REQUIRED),
            (73, "X", "portfolio_type", fixed_width.UNKNOWN_CODE),
            (151, "ZZ", "special_comment", fixed_width.UNKNOWN_CODE),
            (20, "7", "correction_indicator", fixed_width.UNKNOWN_CODE),
            (426 + 97, "4", "j1.ecoa_code", fixed_width.UNKNOWN_CODE),
            (426 + 100, "X", "j1.reserved_12", fixed_width_reading.RESERVED_FILLED),
        ],
    )
    def test_what_can_be_read_is_told_and_kept(self, position: int, content: str, field: str, code: str) -> None:
        data = patched(SECOND + position, content)
        told = [each for each in found(data) if not (each[1] or "").startswith("trailer.")]
        assert told == [(3, field, code)]
        assert read_records(data).base["record_no"].to_list() == [2, 3, 4]

    def test_the_message_says_where_and_never_what(self) -> None:
        violation = next(metro2.check(io.BytesIO(patched(SECOND + 298, "98765432X"))))
        assert violation.message == "holds other than digits (positions 298-306, record at byte 857)"

    def test_repaired_cells(self) -> None:
        row = read_records(patched(SECOND + 394, " Springfield")).base.row(1, named=True)
        assert row["city"] == "SPRINGFIELD"
        row = read_records(patched(SECOND + 76, "00000000")).base.row(1, named=True)
        assert row["opened_on"] is None

    def test_a_negative_packed_number_is_no_number(self) -> None:
        data = written({"base": BASE}, form=WireForm.PACKED)
        at = 374 + 133
        changed = data[:at] + bytes([data[at] & 0xF0 | 0xD]) + data[at + 1 :]
        assert found(changed) == [(2, "current_balance", fixed_width.NOT_DIGITS)]

    def test_a_packed_half_byte_above_nine_is_no_digit(self) -> None:
        data = written({"base": BASE}, form=WireForm.PACKED)
        changed = patched(374 + 130, b"\xab", data)
        assert found(changed) == [(2, "current_balance", fixed_width.NOT_DIGITS)]

    def test_a_packed_date_with_a_ninth_digit_is_no_date(self) -> None:
        data = written({"base": BASE}, form=WireForm.PACKED)
        changed = patched(374 + 70, b"\x10", data)
        assert found(changed) == [(2, "opened_on", fixed_width.NOT_DIGITS)]


class TestSegments:
    def test_an_unknown_segment(self) -> None:
        data = patched(SECOND + 427, "Z9")
        assert found(data) == [(3, None, segment_walk.UNKNOWN_SEGMENT)]
        assert read_records(data).base["record_no"].to_list() == [2, 4]

    def test_a_segment_that_the_record_cuts(self) -> None:
        head, first, second, third, trailer = lines()
        data = joined(head, first, b"0500" + second[4:500], third, trailer)
        assert found(data) == [(3, None, segment_walk.CUT_SEGMENT)]

    def test_segments_in_another_order_are_told_and_kept(self) -> None:
        head, first, trailer = lines(written({"base": BASE, "j1": [J1], "k2": [K2]}))
        data = joined(head, first[:426] + first[526:] + first[426:526], trailer)
        assert found(data) == [(2, None, segment_walk.SEGMENT_ORDER)]
        assert same(read_records(data), records({"base": BASE, "j1": [J1], "k2": [K2]}))

    def test_a_single_segment_twice(self) -> None:
        head, first, trailer = lines(written({"base": BASE, "k1": [K1]}))
        data = joined(head, b"0494" + first[4:] + first[426:], trailer)
        assert found(data) == [(2, None, segment_walk.SEGMENT_REPEATED)]
        assert read_records(data).base.height == 0

    def test_co_borrowers_keep_their_order_and_record(self) -> None:
        given = [{"base": BASE, "j1": [{**J1, "surname": name} for name in names]} for names in ("CA", "", "B")]
        given[1].pop("j1")
        j1 = read_records(written(*given)).appended["j1"]
        assert j1.select("record_no", "surname").rows() == [(2, "C"), (2, "A"), (4, "B")]


class TestFraming:
    def test_a_length_word_without_the_appended_segments(self) -> None:
        data = patched(SECOND + 1, "0426")
        assert found(data) == [(3, None, record_framing.WRONG_LENGTH_WORD)]
        assert same(read_records(data), read_records(CLEAN))

    @pytest.mark.parametrize("word", ["0000", "0425", "0427", "0852", "0956", "9999", "1234"])
    @pytest.mark.parametrize("end", [b"\r\n", b""])
    def test_any_other_length_word(self, word: str, end: bytes) -> None:
        data = joined(lines()[0], lines()[1], word.encode() + lines()[2][4:], *lines()[3:], end=end)
        assert found(data) == [(3, None, record_framing.WRONG_LENGTH_WORD)]
        assert same(read_records(data), read_records(CLEAN))

    @pytest.mark.parametrize("end", [b"\r\n", b""])
    def test_bytes_that_are_no_record(self, end: bytes) -> None:
        data = joined(*lines()[:2], b"garbage" * 20, *lines()[2:], end=end)
        assert found(data) == [(3, None, record_framing.NOT_A_RECORD)]
        assert read_records(data).base["record_no"].to_list() == [2, 4, 5]

    def test_a_record_cut_at_its_line(self) -> None:
        data = joined(lines()[0], lines()[1][:400], *lines()[2:])
        assert found(data) == [(2, None, record_framing.CUT_SHORT)]
        assert read_records(data).base["record_no"].to_list() == [3, 4]

    @pytest.mark.parametrize("form", WireForm)
    def test_a_file_cut_within_a_record(self, form: WireForm) -> None:
        data = written({"base": BASE}, {"base": BASE}, form=form)
        size = len(written(form=form)) // 2 + 500
        told = found(data[:size])
        assert (3, None, record_framing.CUT_SHORT) in told
        assert (3, None, fault_list.NO_TRAILER) in told
        assert len(told) <= 3
        assert read_records(data[:size]).base["record_no"].to_list() == [2]

    def test_a_record_without_a_block_word(self) -> None:
        data = written({"base": BASE}, {"base": BASE}, form=WireForm.BLOCKED)
        data = data[: 430 * 2] + data[430 * 2 + 4 :]
        assert found(data) == [(3, None, record_framing.NO_BLOCK_WORD)]
        assert read_records(data).base.height == 2

    @pytest.mark.parametrize("end", [b"", b"\r\n"])
    def test_a_block_word_that_lies(self, end: bytes) -> None:
        data = written({"base": BASE}, {"base": BASE}, form=WireForm.BLOCKED)
        blocks = [data[at : at + 430] for at in range(0, len(data), 430)]
        for word in (b"0426", b"0431", b"9999"):
            changed = joined(blocks[0], word + blocks[1][4:], *blocks[2:], end=end)
            assert found(changed) == [(2, None, record_framing.WRONG_BLOCK_WORD)]

    def test_a_last_block_word_that_lies(self) -> None:
        data = written({"base": BASE}, form=WireForm.BLOCKED)
        assert found(patched(430 * 2 + 1, "0500", data)) == [(3, None, record_framing.WRONG_BLOCK_WORD)]


class TestFiles:
    def test_a_byte_order_mark(self) -> None:
        assert found(b"\xef\xbb\xbf" + CLEAN) == [(1, None, fault_list.BYTE_ORDER_MARK)]

    @pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b"\r\n", b"<xml/>", b"{}", b"0" * 2000, b"HEADER"])
    def test_other_files(self, data: bytes) -> None:
        assert found(data)[-1] == (1, None, fault_list.UNKNOWN_FORM)
        assert read_records(data).base.height == 0

    def test_no_header(self) -> None:
        assert found(joined(*lines()[1:])) == [(1, None, fault_list.NO_HEADER)]
        assert read_records(joined(*lines()[1:])).base["record_no"].to_list() == [1, 2, 3]

    def test_a_header_within_the_file(self) -> None:
        data = joined(*lines()[:2], lines()[0], *lines()[2:])
        assert found(data) == [(3, None, fault_list.HEADER_REPEATED)]

    def test_a_header_behind_a_record(self) -> None:
        assert found(joined(lines()[1], lines()[0], *lines()[2:])) == [(1, None, fault_list.NO_HEADER)]

    def test_no_trailer(self) -> None:
        assert found(joined(*lines()[:-1])) == [(4, None, fault_list.NO_TRAILER)]

    def test_something_behind_the_trailer(self) -> None:
        head, first, second, third, trailer = lines()
        assert found(joined(head, first, second, trailer, third)) == [(5, None, fault_list.BEHIND_TRAILER)]

    @pytest.mark.parametrize(
        ("position", "field"),
        [(12, "base_records"), (39, "j1_segments"), (57, "block_count"), (192, "status_84_total"), (399, "telephones")],
    )
    def test_a_wrong_total(self, position: int, field: str) -> None:
        at = THIRD + 428
        assert found(patched(at + position, "000000077")) == [(5, f"trailer.{field}", fault_list.WRONG_TOTAL)]

    def test_totals_of_what_is_left_out_are_not_held_against_the_trailer(self) -> None:
        at = THIRD + 428
        data = patched(at + 12, "000000077", patched(at + 39, "000000077", patched(SECOND + 76, "99999999")))
        assert found(data) == [
            (3, "opened_on", fixed_width.NOT_A_DATE),
            (5, "trailer.base_records", fault_list.WRONG_TOTAL),
        ]

    def test_a_wrong_constant(self) -> None:
        assert found(patched(SECOND + 5, "2")) == [(3, None, record_framing.NOT_A_RECORD)]
        assert found(patched(SECOND + 427, "j1")) == [(3, None, segment_walk.UNKNOWN_SEGMENT)]

    @pytest.mark.parametrize(
        ("position", "content", "field", "code"),
        [
            (48, "00000000", "activity_on", fixed_width.REQUIRED),
            (48, "13312026", "activity_on", fixed_width.NOT_A_DATE),
            (80, " " * 40, "reporter_name", fixed_width.REQUIRED),
            (300, "X", "reserved_18", fixed_width_reading.RESERVED_FILLED),
        ],
    )
    def test_header_checks(self, position: int, content: str, field: str, code: str) -> None:
        assert found(patched(position, content)) == [(1, f"header.{field}", code)]
        assert read_records(patched(position, content)).base.height == 3

    def test_limits(self) -> None:
        broken = patched(FIRST + 76, "99999999", patched(THIRD + 76, "99999999"))
        assert found(broken, violations=1) == [(2, "opened_on", fixed_width.NOT_A_DATE)]
        assert sum(part.violation_count for part in read_parts(broken, violations=1)) == 2
        assert (5, None, fault_list.FILE_TOO_LARGE) in found(CLEAN, file_bytes=1_000)
        assert [violation.code for violation in metro2.check(io.BytesIO(CLEAN), SegmentedLimits(file_bytes=10))] == [
            fault_list.FILE_TOO_LARGE
        ]


class TestPrinting:
    def test_identity_is_masked(self) -> None:
        text = "\n".join(line for part in read_parts(CLEAN) for line in metro2.printed(part))
        for value in (
            "SMITH",
            "ANNA",
            "123456789",
            "1975-05-31",
            "2175550123",
            "5 ELM",
            '"zip": "62701"',
            "BEN",
            "1980-02-29",
        ):
            assert value not in text
        assert '"account_number": "B2"' in text

    def test_printed_records_come_back(self) -> None:
        data = written({"base": BASE, **EVERY_SEGMENT}, {"base": BASE})
        printed = [line for part in read_parts(data) for line in metro2.printed_unmasked(part)]
        given = metro2.given(printed)
        assert given.refused == ()
        assert same(given.records, read_records(data))
        assert given.header["activity_on"].to_list() == [date(2026, 8, 31)]
        buffer = io.BytesIO()
        metro2.write(buffer, HEADER, [given.records])
        assert buffer.getvalue() == data

    def test_lines_that_hold_no_record_are_refused(self) -> None:
        wrong = [
            "", "[]", "{", "1", '"x"', "{}", "[" * 100_000,
            '{"base": 1}', '{"base": []}', '{"base": {"x": 1}}', '{"base": {}, "z9": {}}',
            '{"base": {"past_due": "1"}}', '{"base": {"past_due": 1.5}}', '{"base": {"past_due": true}}',
            '{"base": {"past_due": 99999999999999999999}}', '{"base": {"opened_on": "2026-02-30"}}',
            '{"base": {"time_stamp": "2026-02-03T00:00:00Z"}}', '{"base": {"city": "\\ud800"}}',
            '{"base": {}, "j1": 5}',
            '{"base": {}, "j1": ["x"]}', '{"base": {}, "k1": [1]}', '{"header": 5}',
        ]  # fmt: skip
        given = metro2.given([*wrong, '{"base": {"city": "X"}, "record_no": 99}'])
        assert given.refused == tuple(range(1, len(wrong) + 1))
        assert given.records.base.select("record_no", "city").rows() == [(len(wrong) + 1, "X")]
        assert given.records.appended == {}


def test_j2_totals_count_no_nines() -> None:
    assert found(written({"base": BASE, "j2": [J2]})) == []
