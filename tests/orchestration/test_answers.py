"""The bureau's answers: booked once, checked as strictly as anything else from outside, one by one."""

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from habits import with_habits
from road import SECOND_ON, THIRD_ON, disputes, loan_of, newer_book, refused

from delivery.seal.key_pairs import generate_key_pair
from orchestration.answers import book_answers
from sandbox.bureau.envelope import seal
from sandbox.bureau.feedback import feedback_on_file, feedback_on_records
from sandbox.bureau.journal import read_journal
from sandbox.bureau.keys import prepare_keys
from sandbox.bureau.parser import Verdict
from schemas.errors.feedback import ANSWERS_NOT_BOOKED

NOTHING = {"answers": 0, "accepted": 0, "rejected": 0}


@pytest.fixture(scope="session")
def stranger(tmp_path_factory):
    """The keys of a bureau that is not ours."""
    return prepare_keys(tmp_path_factory.mktemp("stranger"))


class Bureau:
    """Writes answers by hand as the bureau would, so that each test decides what is in them."""

    def __init__(self, road) -> None:
        self.road = road
        self.keys = prepare_keys(road.outside.bureau.root)
        self.parts = road.ledger.pages(kind="seal")[0].content["parts"]

    def content(self, part_no: int, codes: dict[int, str] | None = None) -> bytes:
        """An answer to every record of a part; `codes` rejects some of its serials."""
        part = self.parts[part_no - 1]
        serials = range(part["offset"] + 1, part["offset"] + part["records"] + 1)
        verdicts = [Verdict(serial, (codes or {}).get(serial)) for serial in serials]
        return feedback_on_records(part["file_name"], part["sha256"], verdicts)

    def puts(self, part_no: int, content: bytes, *, keys=None, name: str | None = None) -> str:
        """Seal an answer for the lender and let it be seen."""
        recipient = x509.load_pem_x509_certificate(self.road.outside.keys.opening_certificate.encode())
        return self.puts_sealed(part_no, seal(content, keys or self.keys, recipient), name=name)

    def puts_sealed(self, part_no: int, sealed: bytes, *, name: str | None = None) -> str:
        name = name or f"{self.parts[part_no - 1]['file_name']}.fb.p7m"
        aside: Path = self.road.answers / f".{name}"
        aside.write_bytes(sealed)
        aside.rename(self.road.answers / name)
        return name


@pytest.fixture
def bureau(parts_sent) -> Bureau:
    return Bureau(parts_sent)


def states_by_serial(road) -> dict[int, str]:
    states = road.states()
    rows = road.frozen_list()
    return {serial: states[case_id] for serial, case_id in zip(rows["serial_no"], rows["case_id"], strict=True)}


def test_accepted_and_rejected_are_booked_record_by_record(parts_sent, bureau) -> None:
    for part_no, codes in ((1, {2: "R005", 6: "R900"}), (2, {}), (3, {15: "R005"})):
        bureau.puts(part_no, bureau.content(part_no, codes))
    assert parts_sent.book_answers() == {"answers": 3, "accepted": 12, "rejected": 3}
    states = states_by_serial(parts_sent)
    assert {serial for serial, state in states.items() if state == "rework"} == {2, 6, 15}
    assert Counter(states.values()) == {"accepted": 12, "rework": 3}
    rows = parts_sent.frozen_list()
    serial_of = dict(zip(rows["case_id"], rows["serial_no"], strict=True))
    rejected = parts_sent.ledger.events(kinds=["rejected"])
    assert {serial_of[event.case_id]: event.detail["code"] for event in rejected} == {2: "R005", 6: "R900", 15: "R005"}
    pages = parts_sent.ledger.pages(kind="feedback")
    assert [(p.content["part_no"], p.content["accepted"], p.content["rejected"]) for p in pages] == [
        (1, 4, 2),
        (2, 6, 0),
        (3, 2, 1),
    ]


def test_what_is_rejected_goes_into_the_next_batch_and_what_is_accepted_does_not(parts_sent, bureau) -> None:
    bureau.puts(1, bureau.content(1, {2: "R005", 6: "R900"}))
    parts_sent.book_answers()
    rows = parts_sent.frozen_list()
    loans = dict(zip(rows["serial_no"], rows["loan_id"], strict=True))
    assert parts_sent.freeze(SECOND_ON, "report-2")["cases"] == 2
    assert set(parts_sent.frozen_list()["loan_id"]) == {loans[2], loans[6]}


def test_the_same_answer_is_booked_once(parts_sent, bureau) -> None:
    bureau.puts(1, bureau.content(1, {1: "R005"}))
    assert parts_sent.book_answers() == {"answers": 1, "accepted": 5, "rejected": 1}
    pages = len(parts_sent.ledger.pages())
    assert parts_sent.book_answers() == NOTHING
    # Nor does the bureau change its mind under the same name.
    bureau.puts(1, bureau.content(1))
    assert parts_sent.book_answers() == NOTHING
    assert len(parts_sent.ledger.pages()) == pages
    assert states_by_serial(parts_sent)[1] == "rework"


def test_a_file_that_is_refused_as_a_whole_rejects_all_of_its_records(parts_sent, bureau) -> None:
    part = bureau.parts[1]
    bureau.puts(2, feedback_on_file(part["file_name"], part["sha256"], "F002"))
    assert parts_sent.book_answers() == {"answers": 1, "accepted": 0, "rejected": 6}
    states = states_by_serial(parts_sent)
    assert {serial for serial, state in states.items() if state == "rework"} == set(range(7, 13))
    assert {event.detail["code"] for event in parts_sent.ledger.events(kinds=["rejected"])} == {"F002"}
    assert parts_sent.ledger.pages(kind="feedback")[0].content["refusal_code"] == "F002"


def with_totals(content: bytes, old: str, new: str) -> bytes:
    assert old.encode() in content
    return content.replace(old.encode(), new.encode())


def without_serial(content: bytes, serial: int) -> bytes:
    """One record less, and totals that foot all the same."""
    lines = [line for line in content.split(b"\r\n") if not line.startswith(f"{serial},".encode())]
    return with_totals(b"\r\n".join(lines), "records=6;accepted=6", "records=5;accepted=5")


BAD = {
    "unknown file": ("ARR-8002", lambda content: with_totals(content, "_001.csv", "_009.csv")),
    "file of another part": ("ARR-8002", lambda content: with_totals(content, "_001.csv", "_002.csv")),
    "wrong digest": ("ARR-8002", lambda content: re.sub(rb"sha256=[0-9a-f]{64}", b"sha256=" + b"0" * 64, content)),
    "totals too high": (
        "ARR-8003",
        lambda content: with_totals(content, "records=6;accepted=6", "records=7;accepted=7"),
    ),
    "accepted and rejected swapped": (
        "ARR-8003",
        lambda content: with_totals(content, "accepted=6;rejected=0", "accepted=0;rejected=6"),
    ),
    "a record twice": ("ARR-8003", lambda content: with_totals(content, "\r\n2,accepted", "\r\n1,accepted")),
    "a record of another part": ("ARR-8003", lambda content: with_totals(content, "\r\n2,accepted", "\r\n8,accepted")),
    "a record left out": ("ARR-8003", lambda content: without_serial(content, 4)),
    "no totals": ("ARR-8001", lambda content: content[: content.rindex(b"#")]),
    "unknown status": ("ARR-8001", lambda content: with_totals(content, "3,accepted", "3,perhaps")),
    "other headings": ("ARR-8001", lambda content: with_totals(content, "状态", "结果")),
    "no text": ("ARR-8001", lambda content: b"\xff\xfe\x00\x01" * 50),
    "empty": ("ARR-8001", lambda content: b""),
}


@pytest.fixture(scope="module")
def broken_at(stage_parts_sent, tmp_path_factory) -> Bureau:
    """One site for all broken answers: none of them is booked, so each finds the state of the one before."""
    return Bureau(stage_parts_sent.copied_to(tmp_path_factory.mktemp("broken") / "brokenanswers"))


@pytest.mark.parametrize("case", BAD)
def test_a_broken_answer_is_named_and_nothing_of_it_is_booked(broken_at, case) -> None:
    code, broken = BAD[case]
    name = broken_at.puts(1, broken(broken_at.content(1)))
    with refused(ANSWERS_NOT_BOOKED, answers={name: code}, booked=0):
        broken_at.road.book_answers()
    assert Counter(broken_at.road.states().values())["sent"] == 15
    assert broken_at.road.ledger.pages(kind="feedback") == []


def test_a_broken_answer_does_not_stop_the_others(parts_sent, bureau) -> None:
    name = bureau.puts(1, b"")
    bureau.puts(2, bureau.content(2))
    for booked in (1, 0):  # at each poll anew, until somebody settles it
        with refused(ANSWERS_NOT_BOOKED, answers={name: "ARR-8001"}, booked=booked):
            parts_sent.book_answers()
    states = states_by_serial(parts_sent)
    assert {serial for serial, state in states.items() if state == "accepted"} == set(range(7, 13))
    # The good one in its place is booked, as if nothing had been.
    bureau.puts(1, bureau.content(1))
    assert parts_sent.book_answers() == {"answers": 1, "accepted": 6, "rejected": 0}


def test_another_signer_and_a_tampered_seal_are_refused(parts_sent, bureau, stranger) -> None:
    first = bureau.puts(1, bureau.content(1), keys=stranger)
    second = bureau.puts_sealed(2, b"no seal at all")
    bureau.puts(3, bureau.content(3))
    with refused(ANSWERS_NOT_BOOKED, answers={first: "ARR-4206", second: "ARR-4201"}, booked=1):
        parts_sent.book_answers()
    assert Counter(parts_sent.states().values()) == Counter(accepted=3, sent=12, noticed=3, cured=2)


def test_an_answer_to_a_batch_that_nobody_knows_is_named(parts_sent, bureau) -> None:
    batch = parts_sent.batch["batch_id"]
    name = bureau.parts[0]["file_name"].replace(batch, "ROSTER-20260907-ffffff")
    content = bureau.content(1).replace(batch.encode(), b"ROSTER-20260907-ffffff")
    put = bureau.puts(1, content, name=f"{name}.fb.p7m")
    with refused(ANSWERS_NOT_BOOKED, answers={put: "ARR-8002"}, booked=0):
        parts_sent.book_answers()
    assert parts_sent.ledger.pages(kind="feedback") == []


def test_a_file_under_another_partys_name_is_left_alone(parts_sent, bureau) -> None:
    bureau.puts(1, bureau.content(1), name="readme.txt")
    assert parts_sent.book_answers() == NOTHING


@pytest.mark.parametrize("names_it", ["as we do", "as it keeps it"])
def test_a_bureau_that_folds_names_to_upper_case_answers_in_upper_case(parts_sent, bureau, names_it: str) -> None:
    file_name = bureau.parts[0]["file_name"]
    content = bureau.content(1, {2: "R005"})
    if names_it == "as it keeps it":
        content = content.replace(file_name.encode(), file_name.upper().encode())
    name = bureau.puts(1, content, name=f"{file_name}.fb.p7m".upper())
    run = with_habits(parts_sent, folds_names=True)
    assert book_answers(run) == {"answers": 1, "accepted": 5, "rejected": 1}
    assert book_answers(run) == NOTHING
    (page,) = parts_sent.ledger.pages(kind="feedback")
    assert (page.content["answer"], page.content["file_name"]) == (name, file_name)
    assert states_by_serial(parts_sent)[2] == "rework"


def test_an_answer_in_upper_case_about_a_file_that_nobody_knows_is_named(parts_sent, bureau) -> None:
    name = bureau.parts[0]["file_name"].replace(parts_sent.batch["batch_id"], "ROSTER-20260907-ffffff")
    put = bureau.puts(1, bureau.content(1), name=f"{name}.fb.p7m".upper())
    with refused(ANSWERS_NOT_BOOKED, answers={put: "ARR-8002"}, booked=0):
        book_answers(with_habits(parts_sent, folds_names=True))
    # Where names are kept as they are, such a name is nobody's answer.
    assert parts_sent.book_answers() == NOTHING


def test_an_answer_before_our_receipt_is_left_for_the_next_poll(in_parts) -> None:
    bureau = Bureau(in_parts)
    bureau.puts(1, bureau.content(1))
    assert in_parts.book_answers() == NOTHING
    assert in_parts.ledger.pages(kind="feedback") == []
    in_parts.send(in_parts.parts[:1])
    # By now the bureau may have put its own answer in the place of ours.
    booked = in_parts.book_answers()
    assert booked["answers"] == 1
    assert booked["accepted"] + booked["rejected"] == 6


def test_the_bureaus_own_answer_is_what_its_journal_says(answered) -> None:
    journal = read_journal(answered.outside.bureau.root / "journal.jsonl")
    (arrival,) = [each for each in journal if each.lender == answered.account]
    (page,) = answered.ledger.pages(kind="feedback")
    assert (page.content["accepted"], page.content["rejected"]) == (arrival.accepted, arrival.rejected)
    assert arrival.accepted + arrival.rejected == 15
    assert arrival.rejected > 0
    codes = Counter(event.detail["code"] for event in answered.ledger.events(kinds=["rejected"]))
    assert codes == arrival.codes


def test_a_rejected_case_that_is_contested_since_is_set_aside_and_stops_nobody(bureau) -> None:
    road = bureau.road
    bureau.puts(1, bureau.content(1, {2: "R005"}))
    road.book_answers()
    (rework,) = (case_id for case_id, state in road.states().items() if state == "rework")
    newer_book(road, THIRD_ON, {"disputes": disputes([loan_of(rework)], THIRD_ON)})
    road.assess(THIRD_ON)
    road.freeze(THIRD_ON, "report-2")
    (aside,) = road.ledger.events(case_id=rework, kinds=["set_aside"])
    assert list(aside.detail["rules"]) == ["E0601"]
    assert road.states()[rework] == "rework"


def test_an_answer_sealed_for_the_key_before_the_rotation_is_opened(bureau) -> None:
    road = bureau.road
    path = road.folders.secrets / "connections.json"
    connections = json.loads(path.read_text())
    old = connections["arrears_opening"]
    new = generate_key_pair("new", valid_from=datetime.now(UTC) - timedelta(days=1), valid_days=30)
    kept = {"private_key": old["password"], "certificate": old["extra"]["certificate"]}
    connections["arrears_opening"] = {
        **old,
        "password": new.private_key_pem,
        "extra": {"certificate": new.certificate_pem, "previous": [{"private_key": "broken"}, kept]},
    }
    path.write_text(json.dumps(connections))
    bureau.puts(1, bureau.content(1))
    assert road.book_answers()["answers"] == 1
