"""Evidence packs of a site that reported: gathered from ledger and lake, sealed, and never in the clear on a disk."""

import csv
import io
import json
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from hashlib import sha256
from pathlib import Path

import pytest

from delivery.evidence_pack import words
from delivery.evidence_pack.verify import verify_pack
from delivery.seal.archived import archived_identity, archived_signer, open_verified
from delivery.seal.key_pairs import generate_key_pair
from ledger.states import CaseState
from orchestration import evidence_packs as packs
from orchestration.case_story import CaseLine, show_plain, story_of
from sandbox.mail import read_answers
from schemas.bureaus.roster import ACCEPTED, REJECTED
from schemas.errors import ArrearsError, ErrorKind
from schemas.errors.command import PLACE_UNKNOWN, RESULT_NOT_WRITABLE
from schemas.errors.evidence_pack import (
    BOOKS_DELETED,
    EVIDENCE_DIFFERS,
    NOTICE_COPY_DIFFERS,
    PACK_OPEN_REFUSED,
    SEVERAL_CASES,
)
from schemas.errors.extract import EVIDENCE_ROOT_MISSING


@pytest.fixture(scope="module")
def site(answered):
    return packs.site_of(answered.folders.secrets / "variables.json")


@pytest.fixture(scope="module")
def case_id(answered) -> str:
    """An accepted case with a judgment."""
    states = answered.ledger.case_states("roster").select(["case_id", "state"]).to_pylist()
    for row in states:
        if row["state"] == "accepted":
            story = story_of(answered.ledger, answered.folders.lake, row["case_id"], show_plain)
            if story.judgement.judgments:
                return row["case_id"]
    raise AssertionError("the sample has no accepted case with a judgment")


@pytest.fixture(scope="module")
def facts(answered, site, case_id):
    return packs.pack_facts(answered.ledger, answered.folders.lake, case_id, site.evidence, site=site)


@pytest.fixture(scope="module")
def parts(facts) -> dict[str, bytes]:
    data = packs.open_pack(facts)
    verify_pack(io.BytesIO(data))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def raised(kind: ErrorKind, act, *arguments: object, **named: object) -> ArrearsError:
    with pytest.raises(ArrearsError) as caught:
        act(*arguments, **named)
    assert caught.value.kind is kind
    return caught.value


def test_the_notice_is_made_again_byte_for_byte_as_the_mail_server_took_it(answered, facts, parts):
    (notice,) = facts.notices
    taken = {each.message_id: each.sha256 for each in read_answers(answered.outside.mail.root)}
    assert sha256(parts["notice.eml"]).hexdigest() == taken[notice.message_id] == notice.message_sha256
    message = message_from_bytes(parts["notice.eml"], policy=policy.default)
    assert facts.borrower.name in message.get_content()
    assert facts.basis.case_id not in message.get_content()


def test_a_kept_copy_is_taken_and_another_message_refused(answered, site, case_id, parts):
    def gathered(copy: bytes):
        return packs.pack_facts(
            answered.ledger, answered.folders.lake, case_id, site.evidence, notice_copy=copy
        ).notice_copy

    assert gathered(parts["notice.eml"]) == parts["notice.eml"]
    raised(NOTICE_COPY_DIFFERS, gathered, parts["notice.eml"] + b"\r\n")


def test_other_settings_than_those_of_the_day_give_no_copy(answered, site, case_id):
    other = site.model_copy(update={"notice_sender": "other@lender.example"})
    found = packs.pack_facts(answered.ledger, answered.folders.lake, case_id, site.evidence, site=other)
    assert found.notice_copy is None


def test_all_evidence_of_the_loan_is_copied(answered, site, facts, parts):
    loan_id = facts.loan.loan_id
    story = story_of(answered.ledger, answered.folders.lake, facts.basis.case_id, show_plain)
    declared = {row["evidence_id"]: row for row in story.judgement.evidence}
    assert loan_id == story.loan_id
    assert {piece.evidence_id for piece in facts.pieces} == set(declared)
    for evidence_id, row in declared.items():
        (name,) = [name for name in parts if Path(name).stem == evidence_id]
        assert parts[name] == (site.evidence / row["file_path"]).read_bytes()
    assert any(name.startswith("evidence/judgment_document/") for name in parts)


def test_contacts_are_those_since_the_first_missed_date(facts, parts):
    rows = list(csv.DictReader(io.StringIO(parts["contacts.csv"].decode("utf-8-sig"), newline="")))
    assert len(rows) == facts.effort.attempts == len(facts.contacts) > 0
    assert min(row["时间"] for row in rows)[:10] >= facts.arrears.first_missed_on.isoformat()


def test_the_list_names_case_batch_and_policy(facts, parts):
    manifest = json.loads(parts["manifest.json"])
    assert manifest["case_id"] == facts.basis.case_id
    assert manifest["batch_id"] == facts.reports[-1].batch_id
    assert (manifest["policy_name"], manifest["policy_version"]) == ("cn-2018", 1)


def test_altered_evidence_makes_no_pack(answered, site, case_id, tmp_path):
    root = tmp_path / "evidence"
    shutil.copytree(site.evidence, root)
    found = packs.pack_facts(answered.ledger, answered.folders.lake, case_id, root)
    (file,) = root.rglob(f"{found.pieces[0].evidence_id}.*")
    file.chmod(0o600)
    file.write_bytes(file.read_bytes()[:-1] + b"~")
    raised(EVIDENCE_DIFFERS, packs.open_pack, found)


@pytest.mark.parametrize("spoil", ["outside", "pipe", "loop", "folder"])
def test_what_is_no_file_below_the_root_is_never_read(facts, tmp_path, spoil):
    root = tmp_path / "evidence"
    root.mkdir()
    (tmp_path / "secret").write_bytes(b"secret")
    file = root / "piece"
    if spoil == "outside":
        file.symlink_to(tmp_path / "secret")
    elif spoil == "pipe":
        os.mkfifo(file)
    elif spoil == "loop":
        file.symlink_to(file)
    else:
        file.mkdir()
    row = {"evidence_id": "E1", "evidence_kind": "receipt", "file_path": "piece", "file_bytes": 6}
    digest = sha256(b"secret").hexdigest()
    piece = packs._piece({**row, "file_sha256": digest, "obtained_on": facts.basis.as_of}, root)
    error = raised(EVIDENCE_DIFFERS, packs.open_pack, replace(facts, pieces=(piece,)))
    assert "secret" not in str(error)


def test_a_sealed_pack_is_opened_by_its_recipient_only_for_its_owner_and_not_written_over(facts, tmp_path):
    made = {}
    for name in ("lender", "court"):
        pair = generate_key_pair(name, valid_from=datetime.now(UTC) - timedelta(days=1), valid_days=30)
        made[name] = pair
        (tmp_path / f"{name}.key.pem").write_text(pair.private_key_pem)
        (tmp_path / f"{name}.cert.pem").write_text(pair.certificate_pem)
    signer = packs.signer_of(tmp_path / "lender.key.pem", tmp_path / "lender.cert.pem", None)
    recipients = packs.recipients_of([tmp_path / "court.cert.pem"])
    content, out = packs.open_pack(facts), tmp_path / "pack.zip.p7m"
    packs.write_sealed(out, content, signer, recipients)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    sealed = out.read_bytes()
    assert facts.borrower.name.encode() not in sealed
    assert b"manifest.json" not in sealed
    court = archived_identity(made["court"].private_key_pem, made["court"].certificate_pem, passphrase=None)
    assert open_verified(sealed, court, archived_signer(made["lender"].certificate_pem)) == content
    raised(RESULT_NOT_WRITABLE, packs.write_sealed, out, content, signer, recipients)
    assert out.read_bytes() == sealed
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "court.cert.pem",
        "court.key.pem",
        "lender.cert.pem",
        "lender.key.pem",
        "pack.zip.p7m",
    ]


def test_in_the_clear_it_goes_to_another_program_only(tmp_path):
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, "rb") as reading:
        with os.fdopen(write_end, "wb") as writing:
            packs.require_way_out(None, [], None, None, writing)
            packs.write_to_pipe(b"pack", writing)
        assert reading.read() == b"pack"
    with (tmp_path / "pack.zip").open("wb") as file:
        raised(PACK_OPEN_REFUSED, packs.write_to_pipe, b"pack", file)
        raised(PACK_OPEN_REFUSED, packs.require_way_out, None, [], None, None, file)
    assert (tmp_path / "pack.zip").read_bytes() == b""
    command = (
        "import sys; from orchestration.evidence_packs import write_to_pipe; write_to_pipe(b'pack', sys.stdout.buffer)"
    )
    done = subprocess.run([sys.executable, "-c", command], capture_output=True, cwd=Path(__file__).parents[2])
    assert done.stdout == b"pack", done.stderr


@pytest.mark.parametrize("lacks", ["recipients", "key", "certificate"])
def test_a_file_without_all_that_seals_it_is_refused_before_anything_is_read(lacks, tmp_path):
    given = {"recipients": [Path("r.pem")], "key": Path("k.pem"), "certificate": Path("c.pem")}
    with (tmp_path / "x").open("wb") as file:
        packs.require_way_out(tmp_path / "pack.p7m", **given, stream=file)
        given[lacks] = [] if lacks == "recipients" else None
        raised(PACK_OPEN_REFUSED, packs.require_way_out, tmp_path / "pack.p7m", **given, stream=file)


def test_every_state_and_answer_has_a_chinese_word():
    assert set(words.STATE) == {state.value for state in CaseState}
    assert set(words.ANSWER) == {ACCEPTED, REJECTED}


def test_a_loan_with_several_cases_must_be_told_which():
    lines = [CaseLine("roster-L1-20250101", "cured"), CaseLine("roster-L1-20260101", "sent")]
    assert packs.one_case(lines[:1], "L1") == "roster-L1-20250101"
    assert raised(SEVERAL_CASES, packs.one_case, lines, "L1").facts["cases"] == [line.case_id for line in lines]


def test_the_evidence_root_is_what_is_named_else_what_the_settings_say(site, tmp_path):
    assert packs.evidence_root(tmp_path, site) == tmp_path
    assert packs.evidence_root(None, site) == site.evidence
    raised(PLACE_UNKNOWN, packs.evidence_root, None, None)
    raised(EVIDENCE_ROOT_MISSING, packs.evidence_root, tmp_path / "none", site)


def test_books_that_retention_has_deleted_make_no_pack(answered, site, case_id, tmp_path):
    raised(BOOKS_DELETED, packs.pack_facts, answered.ledger, tmp_path, case_id, site.evidence)


def test_settings_are_read_from_their_json_or_from_airflows_variables(site, tmp_path):
    file = tmp_path / "site.json"
    file.write_text(site.model_dump_json())
    assert packs.site_of(file) == site
