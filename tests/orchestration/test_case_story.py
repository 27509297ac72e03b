"""A case's story out of a ledger that is written by hand here, as the steps write it; its lake is deleted."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ledger.ledger import Ledger
from ledger.page import Event
from orchestration.case_story import SHOW_MASKED, CaseStory, cases_of, show_plain, story_of
from orchestration.case_story_json import list_json, story_json
from orchestration.case_story_text import list_parts, story_parts
from orchestration.console_parts import printable, together
from schemas.errors import ArrearsError
from schemas.fields import FIELDS

CASE, OTHER = "roster-L0000001-20250110", "roster-L0000002-20250110"
LATER_CASE = "roster-L0000001-20251210"
ROOT, LEAF = "ab" * 32, "cd" * 32


class Book:
    """A ledger with the pages of one case's road."""

    def __init__(self, folder: Path) -> None:
        self.ledger = Ledger.open(f"sqlite:///{folder / 'ledger.sqlite'}")
        self.at = datetime(2026, 1, 1, tzinfo=UTC)

    def write(self, key: str, content: dict[str, Any], *events: Event, actor: str = "task:test") -> int:
        self.at += timedelta(hours=1)
        step = key.split("/")
        kind = {"cases": "cases", "notice": "notice", "assess": "assess", "feedback": "feedback"}.get(step[0])
        page = self.ledger.write_page(
            key=key,
            kind=kind or next(each for each in reversed(step) if each.isalpha()),
            actor=actor,
            content=content,
            events=events,
            written_at=self.at,
        )
        return page.page_no

    def found(self, *cases: str) -> None:
        facts = {"as_of": "2026-01-31", "assessment_id": "a1"}
        self.write("assess/2026-01-31/a1", {**ASSESSED, "as_of": "2026-01-31"})
        self.write("cases/roster/2026-01-31/a1", facts, *(Event(case, "found", facts) for case in cases))

    def noticed(self, case: str) -> int:
        detail = {
            "message_id": "<notice.1@lender.example>",
            "message_sha256": "11" * 32,
            "reply": "250 taken",
            "template": "cn_2018_v1",
            "template_sha256": "22" * 32,
            "answered_at": "2026-02-01T00:00:00+00:00",
            "delivered_on": "2026-02-01",
            "grace_ends_on": "2026-04-01",
        }
        return self.write(f"notice/{case}/2", {"as_of": "2026-01-31"}, Event(case, "notice_delivered", detail))

    def frozen(self, batch: str, *cases: str) -> int:
        content = {
            "as_of": "2026-05-01",
            "assessment_id": "a2",
            "root": ROOT,
            "cases": len(cases),
            "prepared_by": None,
            "frozen_snapshot": {
                "dataset": "frozen",
                "snapshot_id": "f" * 32,
                "path": f"snapshots/frozen/2026-05-01/{'f' * 32}",
                "rows": len(cases),
                "sha256": "33" * 32,
            },
        }
        events = [
            Event(case, "frozen", {"batch_id": batch, "serial": serial, "leaf": LEAF})
            for serial, case in enumerate(cases, start=1)
        ]
        return self.write(f"report/{batch}/freeze", content, *events)

    def decided(self, batch: str, option: str, *cases: str, root: str = ROOT) -> int:
        content = {"batch_id": batch, "option": option, "reason": "because", "root": root}
        person = {"person_name": "risk1", "person_id": "3", "answered_at": "2026-05-01T01:00:00+00:00"}
        kind = "released" if option == "Release" else "given_back"
        return self.write(
            f"report/{batch}/decision",
            content if option == "Lapsed" else {**content, **person},
            *(Event(case, kind, {"batch_id": batch}) for case in cases),
        )

    def rechecked(self, batch: str, *removed: str) -> int:
        content = {"as_of": "2026-05-02", "book_id": "b3", "removed": list(removed)}
        detail = {"batch_id": batch, "cause": "not_reportable", "rules": ["E0601"]}
        return self.write(f"report/{batch}/recheck/b3", content, *(Event(case, "removed", detail) for case in removed))

    def sealed(self, batch: str, *sizes: int) -> int:
        parts, offset = [], 0
        for number, size in enumerate(sizes, start=1):
            parts.append(
                {
                    "part_no": number,
                    "offset": offset,
                    "records": size,
                    "file_name": f"part-{number}",
                    "size_bytes": 10 * number,
                    "sha256": f"{number}" * 64,
                }
            )
            offset += size
        return self.write(f"report/{batch}/seal", {"signer": "s", "recipients": ["r"], "parts": parts})

    def story(self, tmp_path: Path, case: str = CASE) -> CaseStory:
        return story_of(self.ledger, tmp_path / "lake", case, SHOW_MASKED)


ASSESSED = {"book_id": "b1", "policy_name": "cn-2018", "policy_version": 1, "snapshots": {}}


@pytest.fixture
def book(tmp_path: Path) -> Book:
    book = Book(tmp_path)
    book.found(CASE, OTHER, LATER_CASE)
    book.write("assess/2026-05-01/a2", {**ASSESSED, "as_of": "2026-05-01"})
    return book


def text_of(story: CaseStory) -> str:
    from rich.console import Console

    console = Console(width=120, markup=False, highlight=False)
    with console.capture() as captured:
        console.print(together(story_parts(story)))
    return captured.get()


def test_each_try_of_a_notice_is_told(book, tmp_path):
    failed_no = book.write(
        f"notice/{CASE}/1",
        {"as_of": "2026-01-31"},
        Event(CASE, "notice_failed", {"reason": "no usable e-mail address"}),
    )
    told_no = book.noticed(CASE)
    failed, told = book.story(tmp_path).notices
    assert (failed.page_no, failed.is_delivered, failed.reason) == (failed_no, False, "no usable e-mail address")
    assert (told.page_no, told.is_delivered, told.grace_ends_on) == (told_no, True, "2026-04-01")
    text = text_of(book.story(tmp_path))
    assert "no usable e-mail address" in text
    assert "grace period ends on     2026-04-01" in text


def test_a_case_that_a_recheck_took_out_has_no_file(book, tmp_path):
    book.noticed(CASE)
    book.noticed(OTHER)
    book.frozen("B1", CASE, OTHER)
    book.decided("B1", "Release", CASE, OTHER)
    recheck_no = book.rechecked("B1", CASE)
    book.sealed("B1", 1)
    story = book.story(tmp_path)
    (batch,) = story.batches
    assert batch.sealed_file is None
    assert [(each.page_no, each.is_removed, each.rules) for each in batch.rechecks] == [(recheck_no, True, ("E0601",))]
    assert story.state == "noticed"
    assert "taken out: not_reportable" in text_of(story)
    (kept,) = book.story(tmp_path, OTHER).batches
    assert kept.sealed_file.file_name == "part-1"
    assert not kept.rechecks[0].is_removed


def test_the_file_is_the_part_that_holds_the_record(book, tmp_path):
    cases = (LATER_CASE, OTHER, CASE)
    for case in cases:
        book.noticed(case)
    book.frozen("B1", *cases)
    book.decided("B1", "Release", *cases)
    book.rechecked("B1", LATER_CASE)
    book.sealed("B1", 1, 1)
    assert book.story(tmp_path, OTHER).batches[0].sealed_file.file_name == "part-1"
    assert book.story(tmp_path, CASE).batches[0].sealed_file.file_name == "part-2"


def test_a_batch_that_nobody_decided_in_time(book, tmp_path):
    book.noticed(CASE)
    book.frozen("B1", CASE)
    lapse_no = book.decided("B1", "Lapsed", CASE)
    story = book.story(tmp_path)
    decision = story.batches[0].decision
    assert (decision.page_no, decision.option, decision.person_name) == (lapse_no, "Lapsed", None)
    assert "by                   nobody" in text_of(story)


def test_a_file_that_arrived_changed_fails_the_case(book, tmp_path):
    book.noticed(CASE)
    book.frozen("B1", CASE)
    book.decided("B1", "Release", CASE)
    book.sealed("B1", 1)
    assert book.story(tmp_path).is_proved
    receipt = {"remote_path": "/inbox/part-1", "sha256": "9" * 64, "is_read_back": True}
    sent = Event(CASE, "sent", {"batch_id": "B1", "file_name": "part-1", "serial": 1})
    book.write("report/B1/001/receipt", receipt, sent)
    story = book.story(tmp_path)
    assert not story.is_proved
    assert f"ANOTHER: {'9' * 64}" in text_of(story)


def test_a_decision_on_another_root_fails_the_case(book, tmp_path):
    book.noticed(CASE)
    book.frozen("B1", CASE)
    book.decided("B1", "Release", CASE, root="ef" * 32)
    story = book.story(tmp_path)
    assert not story.is_proved
    assert "ANOTHER THAN THE FROZEN ONE" in text_of(story)


def test_a_rejected_case_that_is_reported_again_has_two_batches(book, tmp_path):
    book.noticed(CASE)
    for batch, event in (
        ("B1", Event(CASE, "rejected", {"batch_id": "B1", "answer": "x", "code": "R1"})),
        ("B2", None),
    ):
        book.frozen(batch, CASE)
        book.decided(batch, "Release", CASE)
        book.sealed(batch, 1)
        sent = Event(CASE, "sent", {"batch_id": batch, "file_name": "part-1", "serial": 1})
        receipt = {"remote_path": "/inbox/part-1", "sha256": "1" * 64, "is_read_back": False}
        book.write(f"report/{batch}/001/receipt", receipt, sent)
        if event:
            book.write(f"feedback/roster/{batch}", {}, event)
    story = book.story(tmp_path)
    first, second = story.batches
    assert (first.answer.status, first.answer.code, second.answer) == ("rejected", "R1", None)
    assert story.state == "sent"


def test_a_batch_with_a_longer_name_does_not_lend_its_pages(book, tmp_path):
    book.noticed(CASE)
    book.noticed(OTHER)
    book.frozen("B1", CASE)
    book.frozen("B12", OTHER)
    book.write("report/B12/refusal/t1", {"code": "ARR-7001", "title": "x"})
    assert book.story(tmp_path).batches[0].refusals == ()


def test_deleted_snapshots_are_said_and_the_story_goes_on(book, tmp_path):
    story = book.story(tmp_path)
    assert story.judgement is None
    assert story.deleted.startswith("ARR-")
    assert "deleted from the lake, what follows is from the ledger" in text_of(story)


def test_json_and_text_agree_on_the_pages(book, tmp_path):
    book.noticed(CASE)
    book.frozen("B1", CASE)
    told = json.loads(story_json(book.story(tmp_path)))
    assert [step["page_no"] for step in told["history"]] == [2, 4, 5]
    assert told["is_proved"] is True
    assert "Batch B1  page 5" in text_of(book.story(tmp_path))


def test_a_loan_with_several_cases_lists_them(book):
    found = cases_of(book.ledger, "L0000001")
    assert [(case.case_id, case.state) for case in found] == [(CASE, "found"), (LATER_CASE, "found")]
    assert json.loads(list_json(found))[1] == {"case_id": LATER_CASE, "state": "found"}
    assert len(list(list_parts(found))) == 2
    assert [case.case_id for case in cases_of(book.ledger, OTHER)] == [OTHER]


def test_an_unknown_case_is_refused(book, tmp_path):
    with pytest.raises(ArrearsError, match="ARR-9104"):
        cases_of(book.ledger, "L0000003")
    with pytest.raises(ArrearsError, match="ARR-9104"):
        book.story(tmp_path, "roster-L0000003-20250110")


def test_identity_is_shown_as_it_was_asked():
    assert SHOW_MASKED("张三丰", FIELDS["name"]) == "张***"
    assert show_plain("张三丰", FIELDS["name"]) == "张三丰"
    assert SHOW_MASKED("客服:您好", FIELDS["transcript"]) == "***"


def test_nothing_in_a_text_moves_the_cursor():
    assert (
        printable("a\x1b[31mb\rc\nd\u202e")
        == "a\N{REPLACEMENT CHARACTER}[31mb\N{REPLACEMENT CHARACTER}c\nd\N{REPLACEMENT CHARACTER}"
    )
