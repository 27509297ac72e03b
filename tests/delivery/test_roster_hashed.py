"""Keys of persons for an alliance: against `openssl` and the standard's own test vector, matching, rotation."""

import hashlib
import subprocess
from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delivery.bureaus.roster_hashed import AllianceKey, hashed_list, keyed_persons, matched
from schemas.bureaus.roster import HASHED_LAYOUT
from schemas.errors import ArrearsError
from schemas.errors.evidence_pack import ALLIANCE_KEY_INVALID
from tests.delivery import roster_examples
from tests.delivery.roster_examples import table

SECRET = bytes(range(32))
KEY = AllianceKey("2026-1", SECRET)
PERSON, COMPANY = "居民身份证", "统一社会信用代码"
RECORD = {**roster_examples.RECORD, "mobile": None, "collection_status": "电话12次"}


def openssl_hmac(secret: bytes, text: str) -> str:
    command = ["openssl", "dgst", "-sha256", "-mac", "HMAC", "-macopt", f"hexkey:{secret.hex()}"]
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=True)
    return done.stdout.decode().strip().rpartition(" ")[2]


def by_definition(secret: bytes, text: str) -> str:
    """HMAC as RFC 2104 writes it down."""
    padded = (hashlib.sha256(secret).digest() if len(secret) > 64 else secret).ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded) + text.encode()).digest()
    return hashlib.sha256(bytes(byte ^ 0x5C for byte in padded) + inner).hexdigest()


@pytest.mark.parametrize("number", ["11010519491231002X", "110101199003071233"])
def test_openssl_computes_the_same_key(number: str) -> None:
    (person,) = hashed_list(table({**RECORD, "id_number": number}), KEY).to_pylist()
    assert person == {
        "key_id": "2026-1",
        "person_key": "v1:" + openssl_hmac(SECRET, f"roster-hashed/v1|resident_id|{number}"),
        "overdue_band": "M6+",
        "report_date": date(2026, 9, 7),
    }


@given(st.binary(min_size=32, max_size=100).filter(lambda secret: len(set(secret)) > 1))
@settings(max_examples=40, deadline=None)
def test_any_key_gives_what_the_standard_defines(secret: bytes) -> None:
    found = hashed_list(table(RECORD), AllianceKey("k", secret))["person_key"].to_pylist()
    assert found == ["v1:" + by_definition(secret, "roster-hashed/v1|resident_id|11010519491231002X")]


def test_no_identity_is_on_the_list() -> None:
    found = hashed_list(table(RECORD), KEY)
    assert found.schema == HASHED_LAYOUT.arrow_schema()
    assert not any(word in str(found.to_pylist()) for word in ("张三", "11010519491231002", "12345.60"))


@pytest.mark.parametrize("number", ["110105491231002", "110105194912310021", "", "11010519491231002Ｘ", "x" * 18])
def test_a_number_that_is_not_right_is_not_shared(number: str) -> None:
    assert hashed_list(table({**RECORD, "id_number": number}), KEY).num_rows == 0


def test_a_small_x_and_blanks_are_the_same_person() -> None:
    own = pa.table({"id_type": [PERSON, PERSON], "id_number": [" 11010519491231002x ", "11010519491231002X"]})
    first, second = keyed_persons(own, KEY)["person_key"].to_pylist()
    assert first == second == "v1:" + by_definition(SECRET, "roster-hashed/v1|resident_id|11010519491231002X")


def test_enterprises_are_not_shared() -> None:
    company = {**RECORD, "id_type": COMPANY, "id_number": "91350100M000100Y43"}
    assert hashed_list(table(company), KEY).num_rows == 0


@pytest.mark.parametrize(
    ("days", "band"),
    [(91, "M4"), (120, "M4"), (121, "M5"), (150, "M5"), (151, "M6"), (180, "M6"), (181, "M6+"), (99999, "M6+")],
)
def test_days_overdue_have_their_band(days: int, band: str) -> None:
    assert hashed_list(table({**RECORD, "days_overdue": days}), KEY)["overdue_band"].to_pylist() == [band]


def test_three_months_and_less_are_not_shared() -> None:
    assert hashed_list(table({**RECORD, "days_overdue": 90}), KEY).num_rows == 0


def test_a_person_with_several_loans_stands_once_with_the_longest() -> None:
    found = hashed_list(
        table(*({**RECORD, "serial": no, "days_overdue": days} for no, days in enumerate((100, 160, 130), 1))), KEY
    )
    assert found["overdue_band"].to_pylist() == ["M6"]


def test_the_order_tells_nothing() -> None:
    numbers = ["11010519491231002X", "110101199003071233", "110101199003070011"]
    persons = [{**RECORD, "serial": no, "id_number": number} for no, number in enumerate(numbers, 1)]
    there, back = (hashed_list(table(*each), KEY) for each in (persons, persons[::-1]))
    assert there == back
    assert there["person_key"].to_pylist() == sorted(there["person_key"].to_pylist())


def test_a_member_finds_its_own_persons_on_a_list() -> None:
    shared = hashed_list(table(RECORD), KEY)
    own = pa.table(
        {
            "id_type": [PERSON, PERSON, COMPANY, PERSON],
            "id_number": ["11010519491231002x", "110101199003071233", "91350100M000100Y43", "110105491231002"],
            "application": ["A1", "A2", "A3", "A4"],
        }
    )
    persons = keyed_persons(own, KEY)
    assert persons.column_names == ["application", "person_key", "key_id"]
    found = matched(shared, persons).to_pylist()
    assert [(each["application"], each["overdue_band"], each["report_date"]) for each in found] == [
        ("A1", "M6+", date(2026, 9, 7))
    ]


def test_lists_under_another_key_never_match_until_the_member_hashes_under_it_too() -> None:
    new = AllianceKey("2026-2", bytes(range(1, 33)))
    shared = hashed_list(table(RECORD), new)
    own = pa.table({"id_type": [PERSON], "id_number": ["11010519491231002X"]})
    assert matched(shared, keyed_persons(own, KEY)).num_rows == 0
    both = pa.concat_tables([keyed_persons(own, KEY), keyed_persons(own, new)])
    assert matched(shared, both).num_rows == 1


def test_same_key_number_and_another_secret_is_another_person() -> None:
    one, other = (hashed_list(table(RECORD), AllianceKey("2026-1", secret)) for secret in (SECRET, SECRET[::-1]))
    assert one["person_key"] != other["person_key"]


@pytest.mark.parametrize(
    ("key_id", "text"),
    [
        ("2026-1", "00" * 32),
        ("2026-1", "ab" * 31),
        ("2026-1", "no hex"),
        ("", SECRET.hex()),
        ("a b", SECRET.hex()),
        ("x" * 21, SECRET.hex()),
    ],
)
def test_a_key_that_can_protect_nothing_is_refused_without_telling_it(key_id: str, text: str) -> None:
    with pytest.raises(ArrearsError) as caught:
        AllianceKey.of_text(key_id, text)
    assert caught.value.kind is ALLIANCE_KEY_INVALID
    assert text not in str(caught.value)


def test_the_key_is_not_shown() -> None:
    key = AllianceKey.of_text("2026-1", SECRET.hex())
    assert key.secret == SECRET
    assert SECRET.hex() not in repr(key)
    assert str(SECRET) not in repr(key)
