"""`arrears read` and `arrears check`: golden files of every bureau, broken ones, hostile ones."""

import json
import os
import pty
import re
import shlex
import subprocess
import sys
from pathlib import Path
from threading import Event, Thread

import pytest
from click.testing import Result
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from cli import app
from orchestration.bureau_files import BUREAU_FILES

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden"
PAGE = ROOT / "docs" / "bureau-files.md"
PBOC_FILE = "X61010100002462024022921000010.txt"
FILES = {
    "baihang": {"d2.txt": 2, "d3.txt": 2, "d4.txt": 1},
    "metro2": {"character.dat": 5, "blocked.dat": 5, "packed.dat": 5},
    "pboc": {PBOC_FILE: 1, PBOC_FILE.replace("0010.txt", "0020.txt"): 1},
    "roster": {"list.csv": 2, "answer.csv": 2, "list.xlsx": 2, "foreign-list.xlsx": 1},
}
"""Bureau to its golden files, each with the number of lines that are printed."""
IDENTITY = {
    "baihang": ("王小明", "阿卜杜拉", "11010519491231002X", "110101199003071233", "13800138000", "192.0.2.1"),
    "metro2": (
        "SMITH",
        "ANNA",
        "BEN",
        '"123456789"',
        "1975-05-31",
        "2175550123",
        "ELM STREET",
        "OAK AVENUE",
        "TEST WORKS",
    ),
    "pboc": ("测试甲", "11010519491231002X"),
    "roster": ("张三", "机械", "11010519491231002X", "91350100M000100Y43", "13800000000"),
}
"""Values of the golden files that are identity: each stands in one of them at least."""

golden_files = pytest.mark.parametrize(
    ("bureau", "name", "lines"),
    [(bureau, name, lines) for bureau, files in FILES.items() for name, lines in files.items()],
)
bureaus = pytest.mark.parametrize("bureau", sorted(FILES))


def run(*arguments: object, given: bytes | None = None) -> Result:
    result = CliRunner().invoke(app, [str(each) for each in arguments], input=given)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


def golden(bureau: str, name: str) -> Path:
    return GOLDEN / bureau / name


def listed(result: Result) -> list[tuple[int | None, str | None, str]]:
    """Violations that `check --format jsonl` prints."""
    told = [json.loads(line) for line in result.stdout.splitlines()]
    assert all(set(each) == {"severity", "line", "field", "code", "message"} and each["message"] for each in told)
    return [(each["line"], each["field"], each["code"]) for each in told if each["severity"] == "violation"]


def checked(bureau: str, given: bytes, *options: object) -> list[tuple[int | None, str | None, str]]:
    result = run("check", "--bureau", bureau, "-", "--format", "jsonl", *options, given=given)
    found = listed(result)
    assert result.exit_code == (1 if found else 0)
    return found


def replaced(data: bytes, old: str, new: str) -> bytes:
    assert data.count(old.encode()) == 1
    return data.replace(old.encode(), new.encode())


def test_every_bureau_has_golden_files_here() -> None:
    assert set(FILES) == set(BUREAU_FILES)


@golden_files
def test_a_golden_file_is_printed_as_json_lines(bureau: str, name: str, lines: int) -> None:
    result = run("read", "--bureau", bureau, golden(bureau, name))
    assert (result.exit_code, result.stderr) == (0, "")
    printed = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(printed) == lines
    assert all(isinstance(each, dict) for each in printed)


@golden_files
def test_a_golden_file_is_right(bureau: str, name: str, lines: int) -> None:
    result = run("check", "--bureau", bureau, golden(bureau, name))
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "0 violations")


@bureaus
def test_identity_is_printed_only_when_asked_for(bureau: str) -> None:
    masked, unmasked = (
        "".join(run("read", "--bureau", bureau, golden(bureau, name), *option).stdout for name in FILES[bureau])
        for option in ((), ("--unmask",))
    )
    assert [value for value in IDENTITY[bureau] if value in masked] == []
    assert [value for value in IDENTITY[bureau] if value not in unmasked] == []
    assert "***" in masked
    assert "***" not in unmasked


@golden_files
def test_the_standard_input_is_read_like_a_file(bureau: str, name: str, lines: int) -> None:
    file = golden(bureau, name)
    for command in ("read", "check"):
        by_name = run(command, "--bureau", bureau, file)
        assert run(command, "--bureau", bureau, "-", given=file.read_bytes()).stdout == by_name.stdout != ""


@golden_files
def test_what_is_printed_can_be_checked_as_json(bureau: str, name: str, lines: int) -> None:
    printed = run("read", "--bureau", bureau, "--unmask", golden(bureau, name)).stdout_bytes
    assert checked(bureau, printed, "--json") == []
    assert checked(bureau, b"nothing of this bureau\n" + printed + b"[]\n", "--json") == [
        (1, None, "not_a_record"),
        (lines + 2, None, "not_a_record"),
    ]


CHANGES = {
    "baihang": (
        "d2.txt",
        {
            ('"loanAmount":3000.00', '"loanAmount":0.00'): (2, "loanAmount", "not_positive"),
            ('"pid":"110101199003071233"', '"pid":"110101199003071234"'): (3, "pid", "check_digit"),
            ('"guaranteeType":1,', '"guaranteeType":7,'): (2, "guaranteeType", "unknown_code"),
            ('"dueDate":"2026-03-10"', '"dueDate":"2026-02-30"'): (2, "dueDate", "not_a_date"),
            ("LENDER20260615D200000002", "LENDER20260615D200000001"): (3, "reqID", "duplicate"),
        },
    ),
    "metro2": (
        "character.dat",
        {
            ("0426TRAILER000000003", "0426TRAILER000000004"): (5, "trailer.base_records", "wrong_total"),
            ("A1000000003 ", "a1000000003 "): (4, "account_number", "lower_case"),
        },
    ),
    "pboc": (
        PBOC_FILE,
        {
            ("<FiveCate>2</", "<FiveCate>x</"): (2, "FiveCate", "ABE001"),
            ("<Name>测试甲</", "<Name></"): (2, "Name", "ABE000"),
            ("<IDNum>11010519491231002X</", "<IDNum>110105194912310021</"): (2, "IDNum", "ABE004"),
            ("<TotOverd>8200</", "<TotOverd>7000</"): (2, None, "BLE020"),
            ("<CurRpyAmt>4100</CurRpyAmt>", ""): (2, "CurRpyAmt", "BLD000"),
            ("</Name>", "</Nam>"): (2, None, "ABR006"),
            ("2920300000000001", "2920300000000002"): (1, None, "ABH005"),
        },
    ),
    "roster": (
        "list.csv",
        {
            (",308,是", ",309,是"): (2, "days_overdue", "differs_from_dates"),
            ("11010519491231002X", "110105194912310021"): (2, "id_number", "check_digit"),
            ("2,'=示例", "x,'=示例"): (3, "serial", "not_an_integer"),
            (",否,", ",否,,"): (3, None, "wrong_field_count"),
        },
    ),
}
"""Bureau to one of its golden files, and changes of it with the one thing that is wrong afterwards."""


@pytest.mark.parametrize(
    ("bureau", "name", "change", "expected"),
    [
        (bureau, name, change, expected)
        for bureau, (name, changes) in CHANGES.items()
        for change, expected in changes.items()
    ],
    ids=str,
)
def test_what_is_wrong_is_named(
    bureau: str, name: str, change: tuple[str, str], expected: tuple[int, str | None, str]
) -> None:
    assert checked(bureau, replaced(golden(bureau, name).read_bytes(), *change)) == [expected]


def test_form_and_sense_of_json_records_of_baihang_are_named() -> None:
    printed = run("read", "--bureau", "baihang", "--unmask", golden("baihang", "d2.txt")).stdout_bytes
    printed = replaced(printed, '"loanAmount":3000.00', '"loanAmount":0.00')
    printed = replaced(printed, '"loanId":"L1"', f'"loanId":"{"L" * 61}"')
    printed = replaced(printed, "LENDER20260615D200000002", "LENDER20260615D200000001")
    assert sorted(checked("baihang", b"\n" + printed, "--json")) == [
        (1, None, "not_a_record"),
        (2, "loanAmount", "not_positive"),
        (2, "loanId", "too_long"),
        (3, "reqID", "duplicate"),
    ]


def test_kinds_of_baihang_are_numbered_by_their_own_lines() -> None:
    kinds = [
        run("read", "--bureau", "baihang", "--unmask", golden("baihang", f"{kind}.txt")).stdout_bytes.splitlines(True)
        for kind in ("d2", "d3")
    ]
    mixed = b"".join(line for pair in zip(*kinds, strict=True) for line in pair)
    mixed = replaced(
        replaced(mixed, '"loanAmount":3000.00', '"loanAmount":0.00'),
        '"termNo":2,"termStatus":"normal"',
        '"termNo":0,"termStatus":"normal"',
    )
    assert checked("baihang", mixed, "--json") == [(1, "loanAmount", "not_positive"), (4, "termNo", "range")]


def test_an_account_of_metro_2_that_stands_twice_is_named() -> None:
    data = replaced(golden("metro2", "character.dat").read_bytes(), "A1000000002 ", "A1000000003 ")
    repeated = "account_number", "Furnisher-Duplicate-1"
    assert checked("metro2", data) == [(3, *repeated), (4, *repeated)]


def test_json_records_of_the_others_are_judged_by_their_lines() -> None:
    printed = run("read", "--bureau", "pboc", "--unmask", golden("pboc", PBOC_FILE)).stdout_bytes
    given = b"\n" + replaced(printed, '"TotOverd": "8200"', '"TotOverd": "7000"')
    assert checked("pboc", given, "--json") == [(1, None, "not_a_record"), (2, None, "BLE020")]
    printed = run("read", "--bureau", "roster", "--unmask", golden("roster", "list.csv")).stdout_bytes
    given = b"\n" + replaced(printed, '"serial":2', '"serial":1')
    assert checked("roster", given, "--json") == [
        (1, None, "not_a_record"),
        (2, "serial", "duplicate"),
        (3, "serial", "duplicate"),
    ]


def test_a_record_of_the_pboc_that_is_sent_twice_is_named() -> None:
    header, record = golden("pboc", PBOC_FILE).read_bytes().splitlines(keepends=True)
    header = replaced(header, "0000001", "0000002")
    assert checked("pboc", header + record + record) == [(2, "AcctCode", "ABR002"), (3, "AcctCode", "ABR002")]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        (PBOC_FILE, []),
        (PBOC_FILE.replace(".txt", ".enc"), []),
        (PBOC_FILE.replace("2921000010", "2921000990"), []),
        ("february.txt", [(None, None, "ABN003")]),
        (PBOC_FILE.replace("20240229", "20240230"), [(None, None, "ABN003")]),
        (PBOC_FILE.replace("000010.txt", "000013.txt"), [(None, None, "ABN003")]),
        (PBOC_FILE.replace("X6101010000246", "X6101010000247"), [(1, None, "ABF007")]),
        (PBOC_FILE.replace("20240229", "20240228"), [(1, None, "ABF007")]),
        (PBOC_FILE.replace("2921000010", "2922000010"), [(1, None, "ABF007")]),
    ],
)
def test_the_name_of_a_file_of_the_pboc_is_compared_with_its_header(
    tmp_path: Path, name: str, found: list[tuple[int | None, str | None, str]]
) -> None:
    """Of the name 99 is only the serial, 220 another type of record. The records are checked whatever it is."""
    file = tmp_path / name
    data = golden("pboc", PBOC_FILE).read_bytes()
    for content, wrong in ((data, []), (replaced(data, "<TotOverd>8200<", "<TotOverd>7000<"), [(2, None, "BLE020")])):
        file.write_bytes(content)
        result = run("check", "--bureau", "pboc", file, "--format", "jsonl")
        assert listed(result) == [*found, *wrong]
        assert result.exit_code == (1 if found or wrong else 0)
        assert checked("pboc", content) == wrong


def test_what_is_wrong_with_a_name_has_no_line(tmp_path: Path) -> None:
    file = tmp_path / "february.txt"
    file.write_bytes(golden("pboc", PBOC_FILE).read_bytes())
    shown = run("check", "--bureau", "pboc", file).stdout.splitlines()
    assert shown == [
        "line  field  code    what is wrong",
        "   -  -      ABN003  the name of the file is not of this bureau's pattern",
        "",
        "1 violation",
    ]


def test_a_doubt_is_shown_and_does_not_fail() -> None:
    data = replaced(golden("baihang", "d2.txt").read_bytes(), "王小明", "Anna")
    result = run("check", "--bureau", "baihang", "-", given=data)
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "0 violations, 1 doubt")
    assert re.search(r"^ +2 +name +not_chinese +name has two Chinese characters", result.stdout, re.MULTILINE)
    assert checked("baihang", data) == []


def test_a_broken_record_is_reported_and_left_out() -> None:
    data = replaced(
        golden("baihang", "d2.txt").read_bytes(), '"totalTerm":2,"targetRepayDateType":2', '"totalTerm":"x"'
    )
    result = run("read", "--bureau", "baihang", "-", given=data)
    assert result.exit_code == 1
    assert [json.loads(line)["line_no"] for line in result.stdout.splitlines()] == [3]
    assert "line 2  totalTerm  not_an_integer" in result.stderr
    assert result.stderr.splitlines()[1:] == ["1 violation of the form; records that can't be read are left out"]


def test_a_broken_record_of_metro_2_is_left_out() -> None:
    data = golden("metro2", "character.dat").read_bytes()
    result = run("read", "--bureau", "metro2", "-", given=data.replace(b"01152023", b"01152O23", 1))
    assert result.exit_code == 1
    assert [json.loads(line).get("record_no") for line in result.stdout.splitlines()] == [None, 3, 4, None]
    assert result.stderr.startswith("line 2  opened_on  ")


def test_a_single_condition_is_tried_by_hand() -> None:
    printed = run("read", "--bureau", "metro2", "--unmask", golden("metro2", "character.dat")).stdout.splitlines()
    record = json.loads(printed[1])
    record["base"]["past_due"] = 0
    assert checked("metro2", json.dumps(record).encode(), "--json") == [(1, "past_due", "Status-APD-2")]


def test_metro_2_is_compared_with_the_last_accepted_file() -> None:
    file = golden("metro2", "character.dat")
    without = file.read_bytes().replace(b"A1000000001 ", b"A1000000009 ")
    found = checked("metro2", without, "--previous", file)
    assert (1, "account_number", "Furnisher-Missing-1") in found
    assert checked("metro2", without) == []


def test_values_of_a_file_are_never_told() -> None:
    secret = "SECRET1234567"
    line = golden("baihang", "d2.txt").read_bytes().split(b"\r\n")[1]
    lines = [re.sub(rb'":(?:"[^"]*"|[^,"}]+)', b'":"SECRET1234567"', line), secret.encode(), b"\xffSECRET1234567"]
    for bureau in FILES:
        for data in (b"\r\n".join([b"#singleLoanAccountInfo", *lines]), b"0426HEADER" + b"SECRET1234567" * 200):
            for options in (("check",), ("check", "--json")):
                assert secret not in run(*options, "--bureau", bureau, "-", given=data).output
            assert secret not in run("read", "--bureau", bureau, "-", given=data).stderr


def test_no_more_violations_are_listed_than_are_wanted() -> None:
    data = b"#singleLoanAccountInfo\n" + b"{}\n" * 50
    result = run("check", "--bureau", "baihang", "-", "--most", "7", given=data)
    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) == 7 + 3
    assert result.stdout.splitlines()[-1] == "more than 7 violations; --most lists more"
    every = len(checked("baihang", data, "--most", "100000"))
    assert every > 1_000
    for most, text in (
        (every, f"{every:,} violations"),
        (every - 1, f"more than {every - 1:,} violations; --most lists more"),
    ):
        assert run("check", "--bureau", "baihang", "-", "--most", most, given=data).stdout.splitlines()[-1] == text
    read = run("read", "--bureau", "baihang", "-", given=data)
    assert len(read.stderr.splitlines()) == 1_000 + 2
    assert f"{every - 1_000} more are not listed" in read.stderr


def test_json_records_beyond_the_limit_are_not_looked_at() -> None:
    found = checked("metro2", b"\n" * 100_002, "--json", "--most", "1000000")
    assert len(found) == 100_001
    assert found[-1] == (100_001, None, "too_many_lines")


@pytest.mark.parametrize("data", [b"{" + b" " * (1 << 21) + b"}\n{}\n", b"\xff\xfe\n{}\n", b"[" * 100_000 + b"\n{}"])
@bureaus
def test_lines_that_can_not_be_taken_in_are_one_line_each(bureau: str, data: bytes) -> None:
    assert [line for line, _, _ in checked(bureau, data, "--json")] == [1, 2]


USAGE = {
    "an unknown bureau": (("--bureau", "nobody", "FILE"), "ARR-9111"),
    "no bureau": (("FILE",), "--bureau"),
    "a file that is not there": (("--bureau", "metro2", "missing"), "ARR-9107"),
    "a folder": (("--bureau", "metro2", "."), "ARR-9107"),
}


@pytest.mark.parametrize("command", ["read", "check"])
@pytest.mark.parametrize("what", USAGE)
def test_what_a_person_can_mend_ends_with_2(command: str, what: str, arrears, tmp_path: Path) -> None:
    arguments, told = USAGE[what]
    (tmp_path / "FILE").write_bytes(b"")
    result = arrears(command, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr


PREVIOUS = {
    "baihang": ("d2.txt", "d2.txt", "ARR-9112"),
    "metro2": ("character.dat", "../baihang/d2.txt", "holds no record of metro2"),
}


@pytest.mark.parametrize("bureau", PREVIOUS)
def test_a_file_before_that_says_nothing_is_refused(bureau: str) -> None:
    name, previous, told = PREVIOUS[bureau]
    result = run("check", "--bureau", bureau, golden(bureau, name), "--previous", golden(bureau, previous))
    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr


def test_a_format_that_is_not_there_is_refused(arrears) -> None:
    result = arrears("check", "--bureau", "metro2", golden("metro2", "packed.dat"), "--format", "xml")
    assert (result.exit_code, result.stdout) == (2, "")


@bureaus
def test_the_file_of_another_bureau_is_no_file_of_this_one(bureau: str) -> None:
    for other in sorted(set(FILES) - {bureau}):
        for name in FILES[other]:
            assert run("check", "--bureau", bureau, golden(other, name)).exit_code == 1


ANY_BYTES = st.binary(max_size=300)
DAMAGE = st.lists(
    st.tuples(st.floats(0, 1), st.sampled_from(["put", "insert", "cut"]), st.binary(max_size=12)), max_size=4
)


def damaged(data: bytes, damages: list[tuple[float, str, bytes]]) -> bytes:
    for where, how, held in damages:
        at = int(where * len(data))
        behind = at if how == "insert" else at + len(held)
        data = data[:at] + (b"" if how == "cut" else held) + data[behind:]
    return data


@bureaus
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_no_file_crashes_a_command(bureau: str, data: st.DataObject) -> None:
    whole = golden(bureau, data.draw(st.sampled_from(sorted(FILES[bureau])))).read_bytes()
    held = data.draw(ANY_BYTES | st.builds(damaged, st.just(whole), DAMAGE))
    options = data.draw(st.sampled_from([("read",), ("read", "--unmask"), ("check",), ("check", "--json")]))
    result = run(*options, "--bureau", bureau, "-", given=held)
    assert result.exit_code in (0, 1)
    if options == ("read",) and held == whole:
        assert result.exit_code == 0


@bureaus
@given(damages=DAMAGE)
@settings(max_examples=12, deadline=None)
def test_records_as_json_never_crash_a_command(bureau: str, damages: list[tuple[float, str, bytes]]) -> None:
    name = sorted(FILES[bureau])[0]
    printed = run("read", "--bureau", bureau, "--unmask", golden(bureau, name)).stdout_bytes
    assert run("check", "--bureau", bureau, "--json", "-", given=damaged(printed, damages)).exit_code in (0, 1)


def test_records_are_printed_before_the_file_ends() -> None:
    """What is held of a file is a piece, so the first records come out while the rest is still to come."""
    line = golden("baihang", "d2.txt").read_bytes().split(b"\r\n")[1] + b"\n"
    records = 9 * 1024**2 // len(line)
    is_seen = Event()
    with subprocess.Popen(
        [sys.executable, "-m", "cli", "read", "--bureau", "baihang", "-"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        file, printed = process.stdin, process.stdout
        assert file is not None
        assert printed is not None

        def write() -> None:
            file.write(b"#singleLoanAccountInfo\n" + line * records)
            is_seen.wait(60)
            file.close()

        writer = Thread(target=write)
        writer.start()
        assert json.loads(printed.readline())["line_no"] == 2
        assert not is_seen.is_set()
        is_seen.set()
        assert sum(1 for _ in printed) + 1 == records
        writer.join()
    assert process.returncode == 0


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = f"{shlex.quote(sys.executable)} -m cli read --bureau baihang - | head -n 1"
    line = golden("baihang", "d2.txt").read_bytes().split(b"\r\n")[1] + b"\n"
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=ROOT,
        input=b"#singleLoanAccountInfo\n" + line * 2_000,
        capture_output=True,
        check=False,
    )
    assert json.loads(done.stdout)["line_no"] == 2
    assert done.stderr == b""


def test_a_file_can_not_steer_a_terminal(tmp_path: Path) -> None:
    file = tmp_path / "file.txt"
    file.write_bytes(replaced(golden("baihang", "d4.txt").read_bytes(), '"loanId":"L1"', '"loanId":"L\x9b31m\x7f"'))
    master, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", "read", "--bureau", "baihang", file], cwd=ROOT, stdout=terminal, stderr=terminal
    )
    os.close(terminal)
    seen = b""
    try:
        while chunk := os.read(master, 65_536):
            seen += chunk
    except OSError:
        pass
    os.close(master)
    assert process.wait(60) == 1
    assert "L\N{REPLACEMENT CHARACTER}31m\N{REPLACEMENT CHARACTER}" in seen.decode()
    assert [
        code for code in (b"\x9b", b"\x1b", b"\x7f") if code in seen.replace("\N{REPLACEMENT CHARACTER}".encode(), b"")
    ] == []


def examples() -> list[tuple[str, str]]:
    """Commands on the page with what it says that they print."""
    blocks = re.findall(r"```console\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return [
        (command, output) for block in blocks for command, output in re.findall(r"\$ (.+)\n((?:(?!\$ ).*\n)*)", block)
    ]


@pytest.mark.parametrize(("command", "output"), examples(), ids=lambda text: text[:60])
def test_the_page_shows_what_the_commands_print(command: str, output: str) -> None:
    done = subprocess.run(
        ["bash", "-c", f'arrears() {{ "{sys.executable}" -m cli "$@"; }}; {command}'],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    shown = [line.rstrip() for line in (done.stdout + done.stderr).splitlines()]
    wanted = [line.rstrip() for line in output.splitlines()]
    assert len(shown) == len(wanted)
    for line, want in zip(shown, wanted, strict=True):
        assert re.fullmatch(".*".join(map(re.escape, want.split("…"))), line)
