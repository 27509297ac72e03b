"""Evidence packs: what is in them, that altered evidence makes none, and that altered packs are refused."""

import contextlib
import csv
import hashlib
import io
import json
import logging
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest
import rfc8785

from delivery.evidence_pack import words
from delivery.evidence_pack.archive import write_pack
from delivery.evidence_pack.manifest import is_pack_name
from delivery.evidence_pack.summary_pdf import printable
from delivery.evidence_pack.verify import verify_pack
from schemas import codes
from schemas.datasets import EVIDENCE_FINDINGS
from schemas.errors import ArrearsError
from schemas.errors.evidence_pack import EVIDENCE_DIFFERS, PACK_NAME_REFUSED, PACK_REFUSED, PACK_TOO_LARGE
from schemas.fields import FIELDS
from tests.delivery.evidence_pack_examples import FILES, NAME, NOTICE, NUMBER, facts_of, packed, pieces_of

NAMES = [
    "contacts.csv",
    "evidence/judgment_document/E1.pdf",
    "evidence/receipt/E3",
    "evidence/recording/E2.wav",
    "notice-proof.json",
    "notice.eml",
    "summary.pdf",
]


def content_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(parts: dict[str, bytes], change: Callable[[zipfile.ZipInfo], None] = lambda entry: None) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            change(entry)
            archive.writestr(entry, content)
    return buffer.getvalue()


def pages_of(pdf: bytes) -> str:
    """The text of the document as a viewer's engine reads it, without line ends."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return "".join(page.get_textpage().get_text_range() for page in document).replace("\r\n", "")
    finally:
        document.close()


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return packed(facts_of(tmp_path_factory.mktemp("evidence")))


@pytest.fixture(scope="module")
def summary(pack: bytes) -> str:
    return pages_of(content_of(pack)["summary.pdf"])


class TestContent:
    def test_all_files_are_there_and_the_list_says_so(self, pack: bytes) -> None:
        parts = content_of(pack)
        manifest = json.loads(parts.pop("manifest.json"))
        assert sorted(parts) == NAMES
        assert [(each["name"], each["size_bytes"], each["sha256"]) for each in manifest["files"]] == [
            (name, len(parts[name]), hashlib.sha256(parts[name]).hexdigest()) for name in NAMES
        ]
        assert {name: manifest[name] for name in ("case_id", "batch_id", "as_of", "policy_name", "policy_version")} == {
            "case_id": "roster-L0000001-20251108",
            "batch_id": "ROSTER-20260907-325a08",
            "as_of": "2026-09-07",
            "policy_name": "cn-2018",
            "policy_version": 1,
        }

    def test_evidence_and_notice_are_copied_byte_for_byte(self, pack: bytes) -> None:
        parts = content_of(pack)
        for evidence_id, (kind, suffix, content) in FILES.items():
            assert parts[f"evidence/{kind}/{evidence_id}{suffix}"] == content
        assert parts["notice.eml"] == NOTICE

    def test_the_list_is_canonical_json(self, pack: bytes) -> None:
        manifest = content_of(pack)["manifest.json"]
        assert rfc8785.dumps(json.loads(manifest)) == manifest

    def test_same_facts_and_files_same_bytes(self, tmp_path: Path, pack: bytes) -> None:
        assert packed(facts_of(tmp_path)) == pack

    def test_the_check_takes_it(self, pack: bytes) -> None:
        manifest = verify_pack(io.BytesIO(pack))
        assert [each.name for each in manifest.files] == NAMES
        assert manifest.case_id == "roster-L0000001-20251108"

    def test_unzip_takes_it(self, tmp_path: Path, pack: bytes) -> None:
        if shutil.which("unzip") is None:
            pytest.skip("there is no unzip here")
        (tmp_path / "pack.zip").write_bytes(pack)
        subprocess.run(["unzip", "-tqq", tmp_path / "pack.zip"], check=True)

    def test_no_person_is_in_a_file_name_or_in_the_list(self, pack: bytes) -> None:
        parts = content_of(pack)
        outside = " ".join(parts) + parts["manifest.json"].decode() + parts["notice-proof.json"].decode()
        assert NAME not in outside
        assert NUMBER not in outside

    def test_contacts_are_told_oldest_first_in_local_time_and_formulas_are_guarded(self, pack: bytes) -> None:
        text = content_of(pack)["contacts.csv"].decode("utf-8-sig")
        headings, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
        assert headings == [
            "联系编号",
            "时间",
            "方式",
            "对方",
            "结果",
            "催收人员编号",
            "证据编号",
            "违反规则",
            "文字记录",
        ]
        assert rows == [
            ["C1", "2025-12-16 09:41:17+08:00", "短信", "无人接听或接收", "已送达", "", "", "", "'@SUM(A1)"],
            [
                "C2",
                "2026-08-28 11:19:13+08:00",
                "人工电话",
                "借款人本人",
                "拒绝还款",
                "S0044",
                "E2",
                "C0101 C0205",
                "催收员：您好。 / 借款人：=1+1，不还。",
            ],
        ]

    def test_the_proof_of_delivery_is_what_the_ledger_says(self, pack: bytes) -> None:
        (proof,) = json.loads(content_of(pack)["notice-proof.json"])
        assert proof["message_sha256"] == hashlib.sha256(NOTICE).hexdigest()
        assert (proof["reply"], proof["page_no"], proof["delivered_on"]) == (
            "250 2.0.0 taken as ebc985287ce3db3f",
            13,
            "2026-06-30",
        )


class TestSummary:
    @pytest.mark.parametrize(
        "fact",
        [
            NAME,
            NUMBER,
            "居民身份证",
            "roster-L0000001-20251108",
            "cn-2018 第1版",
            "510,900.00元",
            "8.64%",
            "2025-11-08",
            "303天",
            "322,151.35元",
            "350,739.10元",
            "2次, 分布于2天",
            "人工电话1次、短信1次",
            "contacts.csv, 共2条",
            "2026-08-28 11:19:13+08:00",
            "2026-08-30",
            "250 2.0.0 taken as ebc985287ce3db3f",
            "白榆县人民法院",
            "（2025）虚99民初427号",
            "evidence/judgment_document/E1.pdf",
            "放行",
            "risk1",
            "ef" * 32,
            "拒绝还款证明未随附: 文件缺失",
            hashlib.sha256(b"%PDF-1.4 judgment").hexdigest(),
        ],
    )
    def test_the_document_says(self, summary: str, fact: str) -> None:
        assert fact in summary

    def test_the_font_is_embedded_and_nothing_acts_or_links(self, pack: bytes) -> None:
        document = content_of(pack)["summary.pdf"]
        assert b"/FontFile3" in document
        assert not any(word in document for word in (b"/JavaScript", b"/JS", b"/URI", b"/Launch", b"/OpenAction /"))

    def test_pages_are_not_blank(self, pack: bytes) -> None:
        document = pypdfium2.PdfDocument(content_of(pack)["summary.pdf"])
        try:
            for page in document:
                shades = page.render(scale=0.5).to_numpy()
                assert (shades < 128).sum() > 200
        finally:
            document.close()

    def test_a_rare_character_is_told_by_its_number(self, tmp_path: Path) -> None:
        facts = facts_of(tmp_path)
        text = pages_of(
            content_of(packed(replace(facts, borrower=replace(facts.borrower, name="张\U00020bb7"))))["summary.pdf"]
        )
        assert "张〔U+20BB7〕" in text
        assert printable("龘䶮 A") == "龘䶮 A"

    def test_of_identity_only_name_and_number_are_in_it(self, summary: str) -> None:
        assert (summary.count(NAME), summary.count(NUMBER)) == (1, 1)
        assert not any(word in summary for word in ("手机", "邮箱", "不还"))

    def test_nothing_of_it_is_logged(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.DEBUG):
            packed(facts_of(tmp_path))
        assert caplog.records == []

    def test_without_notice_judgment_and_batch_it_says_so(self, tmp_path: Path) -> None:
        facts = facts_of(
            tmp_path, notices=(), notice_copy=None, judgments=(), reports=(), contacts=(), pieces=(), left_out=()
        )
        data = packed(replace(facts, basis=replace(facts.basis, batch_id=None)))
        text = pages_of(content_of(data)["summary.pdf"])
        assert "账本中没有告知记录。" in text
        assert "没有生效判决。" in text
        assert verify_pack(io.BytesIO(data)).batch_id is None
        assert sorted(content_of(data)) == ["contacts.csv", "manifest.json", "notice-proof.json", "summary.pdf"]

    def test_a_notice_that_failed_is_told(self, tmp_path: Path) -> None:
        facts = facts_of(tmp_path)
        failed = replace(facts.notices[0], is_delivered=False, reason="no usable e-mail address")
        text = pages_of(
            content_of(packed(replace(facts, notices=(failed, *facts.notices), notice_copy=None)))["summary.pdf"]
        )
        assert "no usable e-mail address" in text
        assert "未随附: 没有与账本摘要一致的副本" in text

    @pytest.mark.parametrize(
        ("table", "known"),
        [
            (words.CHANNEL, codes.CHANNEL),
            (words.COUNTERPARTY, codes.COUNTERPARTY),
            (words.CONTACT_OUTCOME, codes.CONTACT_OUTCOME),
            (words.EVIDENCE_KIND, codes.EVIDENCE_KIND),
            (words.PRODUCT, codes.PRODUCT),
            (words.ID_TYPE, codes.ID_TYPE),
            (words.BORROWER_KIND, codes.BORROWER_KIND),
            (words.FINDING, FIELDS["finding_code"].codes),
        ],
    )
    def test_every_code_has_a_word(self, table: dict[str, str], known: dict[str, str]) -> None:
        assert set(table) == set(known)
        assert "finding_code" in EVIDENCE_FINDINGS.field_names


class TestAlteredEvidence:
    @pytest.mark.parametrize(
        ("spoil", "problem"),
        [
            (lambda file: file.write_bytes(b"%PDF-1.4 JUDGMENT"), "has another SHA-256"),
            (lambda file: file.write_bytes(b"%PDF-1.4 judgment "), "has another size"),
            (lambda file: file.write_bytes(b"%PDF-1.4 judgmen"), "has another size"),
            (lambda file: file.unlink(), "can't be read: No such file or directory"),
        ],
    )
    def test_a_file_that_is_not_the_one_in_the_books_makes_no_pack(
        self, tmp_path: Path, spoil: Callable[[Path], None], problem: str
    ) -> None:
        facts = facts_of(tmp_path)
        spoil(tmp_path / f"{NAME}-E1")
        with pytest.raises(ArrearsError) as caught:
            packed(facts)
        assert caught.value.kind is EVIDENCE_DIFFERS
        assert caught.value.facts == {"case": "roster-L0000001-20251108", "evidence": "E1", "problem": problem}
        assert NAME not in str(caught.value)

    @pytest.mark.parametrize("evidence_id", ["../E1", "E/1", "", ".E1", "E" * 200, "张三", "E1\n"])
    def test_a_key_that_leads_elsewhere_makes_no_pack(self, tmp_path: Path, evidence_id: str) -> None:
        bad = replace(pieces_of(tmp_path)[0], evidence_id=evidence_id)
        with pytest.raises(ArrearsError) as caught:
            packed(facts_of(tmp_path, pieces=(bad,)))
        assert caught.value.kind is PACK_NAME_REFUSED

    def test_a_key_that_is_used_twice_makes_no_pack(self, tmp_path: Path) -> None:
        pieces = pieces_of(tmp_path)
        with pytest.raises(ArrearsError) as caught:
            packed(facts_of(tmp_path, pieces=(pieces[0], pieces[0])))
        assert caught.value.kind is PACK_NAME_REFUSED

    def test_more_than_fits_is_refused_before_it_is_read(self, tmp_path: Path) -> None:
        facts = facts_of(tmp_path)
        (tmp_path / f"{NAME}-E1").unlink()
        with pytest.raises(ArrearsError) as caught:
            write_pack(io.BytesIO(), facts, most_bytes=1_000_000)
        assert caught.value.kind is PACK_TOO_LARGE

    def test_facts_do_not_show_identity_when_printed(self, tmp_path: Path) -> None:
        shown = repr(facts_of(tmp_path))
        assert NAME not in shown
        assert NUMBER not in shown
        assert "不还" not in shown


def refused(data: bytes, **limits: int) -> tuple[object, object]:
    with pytest.raises(ArrearsError) as caught:
        verify_pack(io.BytesIO(data), **limits)
    assert caught.value.kind is PACK_REFUSED
    return caught.value.facts["file"], caught.value.facts["problem"]


class TestAlteredPacks:
    @pytest.mark.parametrize("name", NAMES)
    def test_a_file_changed(self, pack: bytes, name: str) -> None:
        parts = content_of(pack)
        parts[name] = bytes([parts[name][0] ^ 1]) + parts[name][1:] if parts[name] else b"x"
        file, problem = refused(zipped(parts))
        assert (file, str(problem).startswith("has another")) == (name, True)

    @pytest.mark.parametrize("name", [*NAMES, "manifest.json"])
    def test_a_file_missing(self, pack: bytes, name: str) -> None:
        parts = content_of(pack)
        del parts[name]
        assert refused(zipped(parts)) == (name, "is missing")

    def test_a_file_more(self, pack: bytes) -> None:
        assert refused(zipped(content_of(pack) | {"evidence/more.txt": b"x"})) == (
            "evidence/more.txt",
            "is not in the list",
        )

    @pytest.mark.parametrize(
        "name",
        [
            "../evil.txt",
            "/etc/passwd",
            "a/../b",
            "evidence\\..\\x",
            "C:/x",
            "evidence/",
            "a//b",
            "张三.pdf",
            "./a",
            "a/b/c/d",
        ],
    )
    def test_a_name_that_leads_elsewhere(self, pack: bytes, name: str) -> None:
        assert not is_pack_name(name)
        assert refused(zipped(content_of(pack) | {name: b"x"})) == (
            f"number {len(NAMES) + 2}",
            "has a name that leads elsewhere or is not plain",
        )

    def test_a_link_in_place_of_a_file(self, pack: bytes) -> None:
        def as_link(entry: zipfile.ZipInfo) -> None:
            if entry.filename == "summary.pdf":
                entry.external_attr = 0o120777 << 16

        assert refused(zipped(content_of(pack), as_link)) == ("summary.pdf", "is not a regular file")

    def test_a_file_that_stands_twice(self, pack: bytes) -> None:
        buffer = io.BytesIO(pack)
        with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(buffer, "a") as archive:
            archive.writestr("summary.pdf", b"another")
        assert refused(buffer.getvalue()) == ("summary.pdf", "stands twice")

    def test_a_file_that_unpacks_to_more_than_the_list_says(self, pack: bytes) -> None:
        parts = content_of(pack)
        parts["summary.pdf"] += bytes(50_000_000)
        data = zipped(parts)
        assert len(data) < 6_000_000
        assert refused(data) == ("summary.pdf", "has another size")

    def test_a_list_that_unpacks_to_too_much(self, pack: bytes) -> None:
        assert refused(zipped(content_of(pack) | {"manifest.json": b" " * 9_000_000})) == (
            "manifest.json",
            "is too large",
        )

    def test_more_than_is_taken_in(self, pack: bytes) -> None:
        assert refused(pack, most_bytes=1000) == ("the archive", "has more than 1000 bytes")

    @pytest.mark.parametrize(
        "change",
        [
            lambda content: content | {"kind": "other"},
            lambda content: content | {"version": 2},
            lambda content: content | {"more": 1},
            lambda content: {name: value for name, value in content.items() if name != "as_of"},
            lambda content: content | {"policy_version": True},
            lambda content: content | {"files": content["files"][::-1]},
            lambda content: content | {"files": content["files"] + content["files"][-1:]},
            lambda content: content | {"files": [{**content["files"][0], "name": "../x"}, *content["files"][1:]]},
            lambda content: content | {"files": [{**content["files"][0], "size_bytes": -1}, *content["files"][1:]]},
            lambda content: content | {"files": [{**content["files"][0], "sha256": "AB"}, *content["files"][1:]]},
            lambda content: [content],
        ],
    )
    def test_a_list_that_is_none(self, pack: bytes, change: Callable[[dict], object]) -> None:
        parts = content_of(pack)
        parts["manifest.json"] = rfc8785.dumps(change(json.loads(parts["manifest.json"])))
        assert refused(zipped(parts)) == ("manifest.json", "is not the list of a pack")

    def test_a_list_that_is_not_canonical(self, pack: bytes) -> None:
        parts = content_of(pack)
        parts["manifest.json"] = json.dumps(json.loads(parts["manifest.json"]), indent=1, sort_keys=True).encode()
        assert refused(zipped(parts)) == ("manifest.json", "is not in canonical form")

    @pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"no archive", b"[" * 100_000])
    def test_what_is_no_archive(self, data: bytes) -> None:
        assert refused(data) == ("the archive", "can't be read")

    @pytest.mark.parametrize("manifest", [b"", b"\xff", b"[" * 100_000, b"{}", b"null"])
    def test_a_list_that_is_no_json_of_ours(self, manifest: bytes) -> None:
        assert refused(zipped({"manifest.json": manifest})) == ("manifest.json", "is not the list of a pack")

    def test_any_byte_changed_is_noticed_or_means_nothing(self, pack: bytes) -> None:
        parts = content_of(pack)
        for place in range(0, len(pack), max(1, len(pack) // 250)):
            changed = bytearray(pack)
            changed[place] ^= 0x55
            with contextlib.suppress(ArrearsError):
                verify_pack(io.BytesIO(bytes(changed)))
                assert content_of(bytes(changed)) == parts
