"""What the stand-in bureau accepts and rejects, record by record and file by file."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.bureau.feedback import feedback_on_file, feedback_on_records
from sandbox.bureau.identifiers import is_credit_code, is_resident_id
from sandbox.bureau.parser import FileRefusedError, Verdict, date_in_name, judge
from sandbox.bureau.rules import FILE_CODES, HEADINGS, RECORD_CODES, FileFacts, without_guard

REPORTED_ON = date(2026, 9, 7)
FACTS = FileFacts(REPORTED_ON, unconfirmed_one_in=0)
GOOD = {
    "serial": "1",
    "name": "张三",
    "id_type": "居民身份证",
    "id_number": "11010519491231002X",
    "mobile": "15412345678",
    "platform_name": "云陌小额贷款有限公司",
    "platform_uscc": "91110000600037341L",
    "total_borrowed": "20000.00",
    "outstanding_amount": "12345.67",
    "default_start_date": "2025-11-03",
    "days_overdue": "308",
    "is_lost_contact": "否",
    "collection_status": "电话5次；短信3次",
    "report_date": "2026-09-07",
}
ENTERPRISE = {"id_type": "统一社会信用代码", "id_number": "91350100M000100Y43"}

# One change of the good record each, and the code that it must bring.
BROKEN = [
    ("R001", {"name": "张\u202e三"}),
    ("R001", {"collection_status": "电话\x075次"}),
    ("R003", {"name": " "}),
    ("R003", {"name": "张" * 101}),
    ("R004", {"id_type": "护照"}),
    ("R005", {"id_number": "110105194912310021"}),
    ("R005", {"id_number": "11010519491231002x"}),
    ("R005", {"id_number": "110105491231002"}),
    ("R005", {"id_number": "11010519490231002X"}),
    ("R006", {**ENTERPRISE, "id_number": "91350100M000100Y44"}),
    ("R006", {"id_type": "统一社会信用代码"}),
    ("R007", {"mobile": "12412345678"}),
    ("R007", {"mobile": "1541234567"}),
    ("R008", {"platform_name": ""}),
    ("R009", {"platform_uscc": "91110000600037341M"}),
    ("R010", {"total_borrowed": "20000"}),
    ("R010", {"total_borrowed": "-1.00"}),
    ("R010", {"total_borrowed": "20,000.00"}),
    ("R010", {"total_borrowed": "0.00"}),
    ("R011", {"outstanding_amount": "012.00"}),
    ("R011", {"outstanding_amount": "12.5"}),
    ("R012", {"default_start_date": "2025-02-30"}),
    ("R012", {"default_start_date": "20251103"}),
    ("R013", {"report_date": "2026-9-7"}),
    ("R014", {"report_date": "2026-09-08", "days_overdue": "309"}),
    ("R015", {"default_start_date": "2026-09-07", "days_overdue": "0"}),
    ("R016", {"days_overdue": "307"}),
    ("R016", {"days_overdue": "308.0"}),
    ("R017", {"is_lost_contact": "true"}),
    ("R018", {"collection_status": ""}),
    ("R018", {"collection_status": "电" * 201}),
    ("R019", {"name": "=张三"}),
    ("R019", {"collection_status": "+86"}),
    ("R019", {"platform_name": "＝1+1"}),
]


def line_of(record: dict[str, str]) -> str:
    return ",".join(f'"{value}"' if "," in value else value for value in record.values())


def file_of(*records: dict[str, str], head: str = ",".join(HEADINGS), end: str = "\r\n") -> bytes:
    return b"\xef\xbb\xbf" + "".join(f"{line}{end}" for line in [head, *map(line_of, records)]).encode()


def code_of(**changes: str) -> str | None:
    (verdict,) = judge(file_of(GOOD | changes), FACTS)
    return verdict.code


def test_a_good_record_is_accepted() -> None:
    assert judge(file_of(GOOD), FACTS) == (Verdict(1, None),)


@pytest.mark.parametrize("changes", [ENTERPRISE, {"mobile": ""}, {"outstanding_amount": "0.01"}, {"name": "'=张三"}])
def test_variants_of_the_good_record_are_accepted(changes: dict[str, str]) -> None:
    assert code_of(**changes) is None


@pytest.mark.parametrize(("code", "changes"), BROKEN)
def test_a_broken_record_is_rejected_with_its_code(code: str, changes: dict[str, str]) -> None:
    assert code_of(**changes) == code


def test_every_code_of_a_record_is_reached() -> None:
    assert {code for code, _ in BROKEN} | {"R002", "R020", "R900"} == set(RECORD_CODES)


def test_all_records_with_a_repeated_serial_are_rejected() -> None:
    other = GOOD | {"id_number": "110101199003071233"}
    third = other | {"serial": "2", "default_start_date": "2025-11-04", "days_overdue": "307"}
    verdicts = judge(file_of(GOOD, other, third), FACTS)
    assert verdicts == (Verdict(1, "R002"), Verdict(1, "R002"), Verdict(2, None))


def test_the_second_record_of_a_person_and_start_is_rejected() -> None:
    again = GOOD | {"serial": "2", "outstanding_amount": "1.00"}
    other_start = GOOD | {"serial": "3", "default_start_date": "2025-11-04", "days_overdue": "307"}
    verdicts = judge(file_of(GOOD, again, other_start), FACTS)
    assert [verdict.code for verdict in verdicts] == [None, "R020", None]


def test_about_one_identity_in_so_many_is_unknown_and_always_the_same_ones() -> None:
    base = [GOOD | ENTERPRISE | {"serial": str(number)} for number in range(1, 501)]
    starts = [date.fromordinal(REPORTED_ON.toordinal() - 200 - number) for number in range(500)]
    records = [
        one | {"id_number": credit_code(number), "default_start_date": f"{start}", "days_overdue": str(200 + number)}
        for number, (one, start) in enumerate(zip(base, starts, strict=True))
    ]
    first = judge(file_of(*records), FileFacts(REPORTED_ON, 50))
    rejected = [verdict.code for verdict in first if verdict.code is not None]
    assert set(rejected) == {"R900"}
    assert 3 <= len(rejected) <= 20
    assert judge(file_of(*records), FileFacts(REPORTED_ON, 50)) == first
    assert all(verdict.code is None for verdict in judge(file_of(*records), FACTS))


def credit_code(number: int) -> str:
    """A valid credit code, by the printed weights of the two standards."""
    letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    digits = f"{number:08d}"
    organisation = 11 - sum(map(int.__mul__, map(int, digits), (3, 7, 9, 10, 5, 8, 4, 2))) % 11
    body = f"91990000{digits}{ {10: 'X', 11: '0'}.get(organisation, organisation) }"
    weights = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
    total = sum(letters.index(letter) * weight for letter, weight in zip(body, weights, strict=True))
    return body + letters[(31 - total % 31) % 31]


@pytest.mark.parametrize(
    ("code", "content"),
    [
        ("F004", file_of(GOOD)[3:]),
        ("F004", file_of(GOOD).decode("utf-8-sig").encode("gb18030")),
        ("F004", b"\xef\xbb\xbf" + ",".join(HEADINGS).encode("gb18030")),
        ("F005", file_of(GOOD, head=",".join(HEADINGS).replace("序号", "编号"))),
        ("F005", file_of(GOOD, head=",".join(reversed(HEADINGS)))),
        ("F006", file_of(GOOD, end="\n")),
        ("F006", file_of(GOOD).removesuffix(b"\r\n")),
        ("F007", file_of(GOOD | {"name": '"张三'})),
        ("F007", file_of(GOOD | {"name": '"张三","李四"'}).replace(b'""', b'"')),
        ("F008", file_of()),
        ("F011", file_of(GOOD | {"serial": "0"})),
        ("F011", file_of(GOOD, GOOD | {"serial": "x"})),
        ("F011", file_of(GOOD | {"serial": "01"})),
    ],
)
def test_a_broken_file_is_refused_as_a_whole(code: str, content: bytes) -> None:
    with pytest.raises(FileRefusedError) as refused:
        judge(content, FACTS)
    assert refused.value.code == code


def test_too_many_records_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.bureau.parser.MOST_RECORDS", 1)
    with pytest.raises(FileRefusedError, match="F009"):
        judge(file_of(GOOD, GOOD | {"serial": "2"}), FACTS)


def test_the_date_in_the_name_is_read() -> None:
    assert date_in_name("X6101_20260907_ROSTER-20260907-1a2b_001.csv.p7m") == REPORTED_ON


@pytest.mark.parametrize(
    "name",
    ["X6101_20260931_B_001.csv.p7m", "X6101_20260907_001.csv.p7m", "X_20260907_B_1.csv.p7m", "X_20260907_B_001.csv"],
)
def test_a_name_that_does_not_fit_is_refused(name: str) -> None:
    with pytest.raises(FileRefusedError, match="F003"):
        date_in_name(name)


@given(st.text(alphabet="'=+-@ab＝", max_size=6))
def test_the_guard_comes_off_and_nothing_else(text: str) -> None:
    """Oracle: guard as a writer would, then take it off."""
    is_dangerous = text.lstrip("'")[:1] in tuple("=+-@＝")
    assert without_guard(f"'{text}" if is_dangerous else text) == text


@given(st.integers(0, 17), st.sampled_from("0123456789"))
def test_any_single_changed_digit_of_a_resident_id_is_found(place: int, digit: str) -> None:
    number = "110101199003071233"
    changed = number[:place] + digit + number[place + 1 :]
    assert is_resident_id(changed, REPORTED_ON) == (changed == number)


def test_nobody_is_born_after_the_report() -> None:
    assert is_resident_id("110101199003071233", date(1990, 3, 7))
    assert not is_resident_id("110101199003071233", date(1990, 3, 6))


@pytest.mark.parametrize("code", ["91110000600037341L", "91350100M000100Y43"])
def test_known_credit_codes_are_valid_and_their_neighbours_not(code: str) -> None:
    letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    assert [one for one in letters if is_credit_code(code[:-1] + one)] == [code[-1]]
    assert not is_credit_code(code.lower())


def test_the_answer_to_records() -> None:
    answer = feedback_on_records("a_20260907_b_001.csv.p7m", "0f" * 32, [Verdict(1, None), Verdict(2, "R005")])
    assert (
        answer
        == (
            "\ufeff序号,状态,代码,说明\r\n"
            "1,accepted,,\r\n"
            "2,rejected,R005,居民身份证号码不符合GB 11643\r\n"
            f"#,file=a_20260907_b_001.csv.p7m,sha256={'0f' * 32},records=2;accepted=1;rejected=1\r\n"
        ).encode()
    )


def test_the_answer_to_a_refused_file() -> None:
    lines = feedback_on_file("a.csv.p7m", "0f" * 32, "F001").decode("utf-8-sig").split("\r\n")
    assert lines[1] == f"0,rejected,F001,{FILE_CODES['F001']}"
    assert lines[2].endswith(",records=0;accepted=0;rejected=0")
    assert len(lines) == 4
