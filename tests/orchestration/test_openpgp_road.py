"""The road of a report to a bureau that agreed on OpenPGP: its files opened, and its answers made, by `gpg`."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pysequoia
import pytest
from gpg_home import GpgHome, gpg_home
from other_bureaus import PgpRoad
from road import SECOND_ON, Road, answer, copy_state, refused

from delivery.seal.key_pairs import KeyPair, generate_key_pair
from delivery.seal.openpgp import pgp_facts
from delivery.seal.openpgp_pairs import generate_pgp_pair
from orchestration.bureaus.registry import form_of
from orchestration.dry_run import dry_run
from orchestration.preflight import require_ready
from orchestration.record_leaves import leaves_of_lines
from orchestration.sealed_records import is_locked, open_file
from orchestration.site import Site, parse_site
from sandbox.bureau.feedback import feedback_on_records
from sandbox.bureau.parser import Verdict
from sandbox.site import SiteFolders
from schemas.errors import ErrorKind
from schemas.errors.approval import SITE_INVALID
from schemas.errors.feedback import ANSWERS_NOT_BOOKED
from schemas.errors.seal import (
    CERTIFICATE_EXPIRED,
    CERTIFICATE_NOT_YET_VALID,
    CERTIFICATE_UNKNOWN,
    KEY_OF_OTHER_FORM,
    KEY_WEAK,
    NOT_SEALED,
    SIGNER_UNKNOWN,
)

BUREAU, STRANGER, OPENING = "bureau@example.org", "stranger@example.org", "opening@lender.example"


@dataclass(frozen=True)
class Parties:
    """Everybody's keys: ours as text, the bureau's and a stranger's in the keyring of `gpg`."""

    gpg: GpgHome
    signing: KeyPair
    opening: KeyPair
    bureau: str
    stranger: str

    @property
    def connections(self) -> dict[str, Any]:
        """As an operator puts them."""
        return {
            "arrears_signing": {"password": self.signing.private_key_pem, "extra": {}},
            "arrears_opening": {"password": self.opening.private_key_pem, "extra": {}},
            "arrears_bureau_roster": {"extra": {"certificate": self.bureau}},
        }


@pytest.fixture(scope="module")
def parties() -> Iterator[Parties]:
    signing = generate_pgp_pair("Lender, signing <signing@lender.example>", valid_days=30)
    opening = generate_pgp_pair(f"Lender, opening <{OPENING}>", valid_days=30, curve="secp384r1")
    with gpg_home() as gpg:
        bureau, stranger = gpg.key(BUREAU), gpg.key(STRANGER)
        for pair in (signing, opening):
            gpg.run("--import", given=pair.certificate_pem.encode())
        yield Parties(gpg, signing, opening, bureau, stranger)


@pytest.fixture
def road(second: Road, openssh: Any, parties: Parties, tmp_path: Path) -> Callable[..., PgpRoad]:
    """Gives a road on which nothing is frozen yet."""

    def given(sealing: str = "openpgp", **more: Any) -> PgpRoad:
        root = tmp_path / f"{second.folders.root.name}{sealing.replace('_', '')}"
        copy_state(second.folders.root, root)
        keys = parties.connections | more
        found = PgpRoad(SiteFolders(root), second.outside, SECOND_ON, desk=openssh, sealing=sealing, keys=keys)
        for folder in (found.inbox, found.answers):
            folder.mkdir(parents=True)
        return found

    return given


def sent(road: PgpRoad) -> PgpRoad:
    """Frozen, released and sent over the server."""
    road.freeze(SECOND_ON)
    assert road.decide(answer("Release"))
    road.send_all()
    return road


def answer_of(road: PgpRoad, codes: dict[int, str]) -> bytes:
    """The bureau's answer to the only part, in the clear."""
    (part,) = road.ledger.pages(kind="seal")[0].content["parts"]
    verdicts = [Verdict(serial, codes.get(serial)) for serial in range(1, part["records"] + 1)]
    return feedback_on_records(part["file_name"], part["sha256"], verdicts)


@pytest.mark.parametrize(("sealing", "suffix"), [("openpgp", ".pgp"), ("openpgp_armoured", ".asc")])
def test_gpg_opens_the_approved_records_and_its_answer_is_booked(
    sealing: str, suffix: str, road: Callable, parties: Parties, tmp_path: Path
) -> None:
    pgp = sent(road(sealing))
    (file,) = pgp.inbox.iterdir()
    assert file.name.endswith(f"_001.csv{suffix}")
    assert file.read_bytes().startswith(b"-----BEGIN PGP MESSAGE-----") is (suffix == ".asc")
    content, signer = parties.gpg.opened(file.read_bytes())
    assert signer == pgp_facts(parties.signing.certificate_pem).fingerprint

    headings, *lines = content.split(b"\r\n")[:-1]
    assert headings.decode("utf-8-sig").startswith("序号,")
    approved = pgp.frozen_list()
    _, root = leaves_of_lines(lines, [bytes.fromhex(salt) for salt in approved["salt_hex"]])
    (decision,) = pgp.ledger.pages(kind="decision")
    assert root.hex() == decision.content["root"]
    page = pgp.ledger.pages(kind="seal")[0].content
    assert (page["signer"], page["recipients"]) == (signer, [pgp_facts(parties.bureau).fingerprint])

    secret, ours = tmp_path / "bureau.asc", tmp_path / "lender.asc"
    secret.write_text(parties.gpg.secret(BUREAU))
    ours.write_text(parties.signing.certificate_pem)
    assert not is_locked(secret)
    for pinned in (ours, None):
        assert open_file(file, secret, None, pinned, None).content == content
    with refused(KEY_OF_OTHER_FORM, holds="X.509"):
        ours.write_text(pgp.outside.keys.signing_certificate)
        open_file(file, secret, None, ours, None)

    how = ("--armor",) if suffix == ".asc" else ()
    name = f"{file.name}.fb{suffix}"
    (pgp.answers / name).write_bytes(parties.gpg.sealed(answer_of(pgp, {2: "R005"}), BUREAU, OPENING, *how))
    assert pgp.book_answers() == {"answers": 1, "accepted": 14, "rejected": 1}
    assert Counter(pgp.states().values())["rework"] == 1


def test_an_answer_that_another_signed_or_that_is_sealed_otherwise_is_refused(road: Callable, parties: Parties) -> None:
    pgp = sent(road())
    (file,) = pgp.inbox.iterdir()
    name, content = f"{file.name}.fb.pgp", answer_of(pgp, {})
    unsigned = parties.gpg.run("--encrypt", "--compress-algo", "none", "--recipient", OPENING, given=content).stdout
    refusals: list[tuple[bytes, ErrorKind]] = [
        (parties.gpg.sealed(content, STRANGER, OPENING), SIGNER_UNKNOWN),
        (unsigned, SIGNER_UNKNOWN),
        (content, NOT_SEALED),
    ]
    for sealed, kind in refusals:
        (pgp.answers / name).write_bytes(sealed)
        with refused(ANSWERS_NOT_BOOKED, answers={name: kind.code}, booked=0):
            pgp.book_answers()
    assert Counter(pgp.states().values())["sent"] == 15
    (pgp.answers / name).write_bytes(parties.gpg.sealed(content, BUREAU, OPENING))
    assert pgp.book_answers() == {"answers": 1, "accepted": 15, "rejected": 0}


def test_an_answer_for_the_key_before_the_rotation_is_opened(road: Callable, parties: Parties) -> None:
    pgp = sent(road())
    (file,) = pgp.inbox.iterdir()
    sealed = parties.gpg.sealed(answer_of(pgp, {}), BUREAU, OPENING)
    (pgp.answers / f"{file.name}.fb.pgp").write_bytes(sealed)
    previous = [{"private_key": "broken"}, {"private_key": parties.opening.private_key_pem}]
    new = generate_pgp_pair("Lender, opening", valid_days=30, curve="secp256r1")
    rotated = {"arrears_opening": {"password": new.private_key_pem, "extra": {"previous": previous}}}
    assert replace(pgp, keys=pgp.keys | rotated).book_answers()["answers"] == 1


def ready(road: PgpRoad, *certificates: str) -> None:
    run = road.run(SECOND_ON, "report-1")
    desk = run.site.desk.model_copy(update={"certificates": certificates})
    require_ready(replace(run, site=run.site.model_copy(update={"desk": desk})), form_of("roster"))


def test_certificates_that_can_not_be_used_stop_the_report_before_it_begins(road: Callable, parties: Parties) -> None:
    pgp = road()
    known = [pgp_facts(text).fingerprint for text in (parties.signing.certificate_pem, parties.bureau)]
    ready(pgp)
    ready(pgp, *known)
    with refused(CERTIFICATE_UNKNOWN, certificates=[known[1]]):
        ready(pgp, known[0])

    def with_bureau(text: str) -> PgpRoad:
        return replace(pgp, keys=pgp.keys | {"arrears_bureau_roster": {"extra": {"certificate": text}}})

    with gpg_home() as gpg:
        gpg.run("--faked-system-time", "20240101T000000", "--quick-generate-key", "a@example.org", "rsa3072")
        public = gpg.run("--armor", "--export", "a@example.org").stdout.decode()
        with_encryption = {
            CERTIFICATE_EXPIRED: ("20240101T000000", "2024-03-01"),
            CERTIFICATE_NOT_YET_VALID: ("20400101T000000", "2040-03-01"),
        }
        fingerprint = pgp_facts(public).fingerprint
        for kind, (at, until) in with_encryption.items():
            # The certificate itself has no end: only its key for encryption has expired, or is not valid yet.
            gpg.run("--faked-system-time", at, "--quick-add-key", fingerprint, "rsa3072", "encr", until)
            text = gpg.run("--armor", "--export", "a@example.org").stdout.decode()
            with refused(kind, certificate=fingerprint):
                ready(with_bureau(text))
            gpg.run("--command-fd", "0", "--edit-key", "a@example.org", given=b"key 1\ndelkey\ny\nsave\n")

    small = pysequoia.Tsk.generate(user_id="weak", cipher_suite=pysequoia.CipherSuite.RSA2k)
    weak = {"arrears_signing": {"password": str(small), "extra": {}}}
    with refused(KEY_WEAK, bits=2048):
        ready(replace(pgp, keys=pgp.keys | weak))


def test_keys_of_the_other_form_are_named(road: Callable, second: Road, parties: Parties) -> None:
    pair = generate_key_pair("Lender", valid_from=datetime.now(UTC) - timedelta(days=1), valid_days=30)
    extra = {"certificate": pair.certificate_pem}
    pgp = road()
    for connection in ("arrears_signing", "arrears_bureau_roster"):
        keys = pgp.keys | {connection: {"password": pair.private_key_pem, "extra": extra}}
        with refused(KEY_OF_OTHER_FORM, connection=connection, holds="X.509", agreed="OpenPGP"):
            ready(replace(pgp, keys=keys))
    cms = road("cms")
    with refused(KEY_OF_OTHER_FORM, connection="arrears_signing", holds="OpenPGP", agreed="X.509"):
        ready(cms)
    only_bureau = {name: key for name, key in cms.keys.items() if name == "arrears_bureau_roster"}
    with refused(KEY_OF_OTHER_FORM, connection="arrears_bureau_roster", holds="OpenPGP", agreed="X.509"):
        ready(replace(cms, keys=only_bureau))


def test_a_dry_run_seals_and_says_when_certificates_end(road: Callable, parties: Parties) -> None:
    pgp = road("openpgp_armoured")
    plan = dry_run(pgp.run(SECOND_ON, "report-1")).to_json()
    told = [pgp_facts(text, "signing") for text in (parties.signing.certificate_pem,)]
    assert plan["certificate_ends"].items() >= {(each.fingerprint, each.expires_at.isoformat()) for each in told}
    assert set(plan["certificate_ends"]) == {plan["sealed_with"]["signer"], *plan["sealed_with"]["recipients"]}
    (part,) = plan["parts"]
    assert part["file_name"].endswith(".csv.asc")
    assert list(pgp.inbox.iterdir()) == []


def test_a_bureau_with_a_container_of_its_own_leaves_no_choice(second: Road) -> None:
    site = json.loads(second.environment()["AIRFLOW_VAR_ARREARS"])
    site["desk"]["sealing"] = "openpgp"
    assert isinstance(parse_site(site, origin="test"), Site)
    with refused(SITE_INVALID, origin="test"):
        parse_site(site | {"bureau": "pboc"}, origin="test")
