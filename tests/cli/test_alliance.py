"""A list is hashed and matched without identity."""

import csv
import hashlib
import hmac
import io
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from delivery.bureaus.roster import Form, write
from schemas.bureaus.roster import LAYOUT

ROOT = Path(__file__).resolve().parents[2]
ARREARS = [str(Path(sys.executable).with_name("arrears")), "alliance"]
KEY = "5a" * 31 + "01"
NUMBERS = ["11010519491231002X", "110101199003071233"]


def a_list(numbers: list[str], days: int = 200) -> pa.Table:
    rows = [
        {
            "serial": serial,
            "name": "测试甲",
            "id_type": "居民身份证",
            "id_number": number,
            "mobile": None,
            "platform_name": "示例平台",
            "platform_uscc": "91110000600037341L",
            "total_borrowed": Decimal("5000.00"),
            "outstanding_amount": Decimal("4000.00"),
            "default_start_date": date(2026, 1, 1),
            "days_overdue": days,
            "is_lost_contact": False,
            "collection_status": "电话3次",
            "report_date": date(2026, 9, 7),
        }
        for serial, number in enumerate(numbers, start=1)
    ]
    return pa.Table.from_pylist(rows, schema=LAYOUT.arrow_schema())


@pytest.fixture
def run() -> Callable[..., subprocess.CompletedProcess]:
    def call(*arguments: object, key: str = KEY, given: bytes = b"") -> subprocess.CompletedProcess:
        environment = {**os.environ, "ARREARS_ALLIANCE_KEY": key}
        command = [*ARREARS, *map(str, arguments)]
        return subprocess.run(command, input=given, cwd=ROOT, env=environment, capture_output=True, check=False)

    return call


def written(path: Path, numbers: list[str], form: Form = Form.CSV, days: int = 200) -> Path:
    with path.open("wb") as file:
        write(file, a_list(numbers, days), form)
    return path


def test_two_members_find_the_persons_that_both_have(run: Callable, tmp_path: Path) -> None:
    theirs = run("hash", written(tmp_path / "theirs.csv", NUMBERS), "--key-id", "K1")
    assert theirs.returncode == 0, theirs.stderr
    rows = list(csv.DictReader(io.StringIO(theirs.stdout.decode("utf-8-sig"))))
    message = f"roster-hashed/v1|resident_id|{NUMBERS[0]}".encode()
    expected = "v1:" + hmac.new(bytes.fromhex(KEY), message, hashlib.sha256).hexdigest()
    assert expected in {row["人员标识"] for row in rows}
    assert not any(number.encode() in theirs.stdout for number in NUMBERS)
    (tmp_path / "hashed.csv").write_bytes(theirs.stdout)
    own = written(tmp_path / "own.xlsx", [NUMBERS[1]], Form.XLSX)
    found = run("match", tmp_path / "hashed.csv", own, "--key-id", "K1")
    assert found.stdout.decode().splitlines() == ["serial,overdue_band,report_date", "1,M6+,2026-09-07"]
    other = run("match", tmp_path / "hashed.csv", own, "--key-id", "K2")
    assert other.stdout.decode().splitlines() == ["serial,overdue_band,report_date"]


def test_a_list_comes_through_a_pipe_and_short_arrears_are_not_shared(run: Callable, tmp_path: Path) -> None:
    content = written(tmp_path / "short.csv", NUMBERS, days=90).read_bytes()
    done = run("hash", "-", "--key-id", "K1", given=content)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.decode("utf-8-sig").splitlines()) == 1


@pytest.mark.parametrize(("key", "content", "code"), [("00", None, "ARR-4601"), (KEY, b"no list", "ARR-4602")])
def test_a_weak_key_or_another_file_is_refused(
    run: Callable, tmp_path: Path, key: str, content: bytes | None, code: str
) -> None:
    path = written(tmp_path / "list.csv", NUMBERS)
    if content is not None:
        path.write_bytes(content)
    done = run("hash", path, "--key-id", "K1", key=key)
    assert (done.returncode, done.stdout) == (2, b"")
    assert code in done.stderr.decode()
    assert not any(number in done.stderr.decode() for number in NUMBERS)
