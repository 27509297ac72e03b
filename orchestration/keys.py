"""Keys of a site: what is there and until when, new ones, and rotation without a gap.

| key | connection | when it is rotated |
|---|---|---|
| signing | `arrears_signing` | the new one waits as `next` until the bureau has its certificate, then it is activated |
| opening | `arrears_opening` | the new one is used at once; the old one stays among `previous` for what is on its way |

They are of the form that the site's settings name (`desk.sealing`): X.509 for CMS, or OpenPGP. After the settings were
changed, a rotation brings in keys of the new form.

The bureau's certificate (`arrears_bureau_*`) and those of escrow are shown; only their owners can make new ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from delivery.seal.key_forms import KeyForm
from delivery.seal.key_pairs import KeyPair
from delivery.seal.openpgp_keys import ENCRYPTS, SIGNS
from orchestration.connections import BUREAU_PREFIX, OPENING, SIGNING
from orchestration.key_judges import JUDGES, KeyJudge, certificate_text, facts_of
from orchestration.key_store import KeyConnection, key_connection, store_key
from schemas.errors import ArrearsError
from schemas.errors.approval import CONNECTION_INVALID, KEY_ROTATION_REFUSED


class Use(StrEnum):
    """Which of our keys."""

    SIGNING = "signing"
    OPENING = "opening"

    @property
    def connection(self) -> str:
        """The connection that holds it."""
        return SIGNING if self is Use.SIGNING else OPENING


@dataclass(frozen=True)
class KeyLine:
    """One key or certificate.

    Attributes:
        use: what it is for, `signing`, `opening`, `bureau`, `escrow`, with `next` or `previous` behind it.
        connection: where it stands.
        subject: common name in the certificate, empty when it can't be read.
        kind: `RSA 3072` or the curve, empty when it can't be read.
        fingerprint: SHA-256 over the certificate, or OpenPGP's own.
        expires_at: last instant of its validity, None when it has no end.
        days_left: whole days until then; negative afterwards.
        fault: code of the error that keeps it from being used, None when it can be.
    """

    use: str
    connection: str
    subject: str
    kind: str
    fingerprint: str
    expires_at: datetime | None
    days_left: int | None
    fault: str | None

    def is_due(self, warn_days: int) -> bool:
        """Whether somebody has to act: it can't be used, or not for long any more."""
        return self.fault is not None or (self.days_left is not None and self.days_left < warn_days)


def list_keys(bureau: str, at: datetime, form: KeyForm) -> list[KeyLine]:
    """Every key and certificate that a report of this bureau needs.

    Args:
        bureau: of the site.
        at: the instant at which they are judged.
        form: the one agreed with the bureau; a key of the other can't be used.
    """
    judge = JUDGES[form]
    own = [line for use in Use for line in _own(use, at, judge)]
    return [*own, *_of_bureau(f"{BUREAU_PREFIX}{bureau}", at, judge)]


def new_pair(name: str, *, form: KeyForm, valid_from: datetime, valid_days: int, curve: str | None) -> KeyPair:
    """A new key with its certificate: RSA 3072, or of a curve when one is named."""
    return JUDGES[form].new_pair(name, valid_from, valid_days, curve)


def make_key(use: Use, pair: KeyPair) -> None:
    """Put a first key into its connection.

    Raises:
        ArrearsError: `KEY_ROTATION_REFUSED` when there is one already; `CONNECTION_KEPT_ELSEWHERE`.
    """
    standing = key_connection(use.connection)
    if standing is not None and standing.password:
        raise ArrearsError(KEY_ROTATION_REFUSED, connection=use.connection, rule="there is a key already: rotate it")
    extra = {} if standing is None else standing.extra
    store_key(use.connection, pair.private_key_pem, {**extra, "certificate": pair.certificate_pem})


def rotate_key(use: Use, pair: KeyPair) -> None:
    """Bring in a new key, see the table above.

    Raises:
        ArrearsError: `CONNECTION_INVALID` when there is no key to rotate; `CONNECTION_KEPT_ELSEWHERE`.
    """
    standing = _standing(use)
    if use is Use.SIGNING:
        waiting = {"private_key": pair.private_key_pem, "certificate": pair.certificate_pem}
        store_key(use.connection, str(standing.password), {**standing.extra, "next": waiting})
        return
    store_key(use.connection, pair.private_key_pem, _succeeded(standing, pair.certificate_pem))


def activate_signing() -> str:
    """Sign with the key that waits; returns the fingerprint of its certificate.

    Raises:
        ArrearsError: `KEY_ROTATION_REFUSED` when none waits; `CONNECTION_KEPT_ELSEWHERE`.
    """
    standing = _standing(Use.SIGNING)
    waiting = standing.extra.get("next")
    if not waiting:
        raise ArrearsError(KEY_ROTATION_REFUSED, connection=SIGNING, rule="a new key waits: rotate first")
    extra = {name: value for name, value in standing.extra.items() if name not in ("next", "passphrase")}
    store_key(SIGNING, waiting["private_key"], {**extra, "certificate": waiting["certificate"]})
    return facts_of(certificate_text(waiting)).fingerprint


def _standing(use: Use) -> KeyConnection:
    standing = key_connection(use.connection)
    if standing is None or not standing.password:
        raise ArrearsError(CONNECTION_INVALID, connection=use.connection, lacks="password")
    return standing


def _succeeded(standing: KeyConnection, certificate_pem: str) -> dict[str, Any]:
    """The extra with the key that is replaced among the previous ones, newest first."""
    kept = {"private_key": standing.password, "certificate": standing.extra.get("certificate")}
    if "passphrase" in standing.extra:
        kept["passphrase"] = standing.extra["passphrase"]
    extra = {name: value for name, value in standing.extra.items() if name != "passphrase"}
    return {**extra, "certificate": certificate_pem, "previous": [kept, *extra.get("previous", [])]}


def _own(use: Use, at: datetime, judge: KeyJudge) -> Iterator[KeyLine]:
    standing = key_connection(use.connection)
    if standing is None:
        yield _lacking(use, use.connection)
        return
    current = {**standing.extra, "private_key": standing.password}
    waiting = standing.extra.get("next")
    yield _judged(use, str(use), standing.conn_id, current, at, judge)
    if waiting:
        yield _judged(use, f"{use} next", standing.conn_id, waiting, at, judge)
    for previous in standing.extra.get("previous", []):
        yield _judged(use, f"{use} previous", standing.conn_id, previous, at, judge)


def _judged(use: Use, name: str, conn_id: str, pair: dict[str, Any], at: datetime, judge: KeyJudge) -> KeyLine:
    check, serves = (judge.signing, SIGNS) if use is Use.SIGNING else (judge.opening, ENCRYPTS)
    return _line(name, conn_id, certificate_text(pair), at, _fault(lambda: check(pair, at)), serves)


def _of_bureau(conn_id: str, at: datetime, judge: KeyJudge) -> Iterator[KeyLine]:
    bureau, signing = key_connection(conn_id), key_connection(SIGNING)
    if bureau is None or not bureau.extra.get("certificate"):
        yield _lacking("bureau", conn_id)
    else:
        text = str(bureau.extra["certificate"])
        fault = _fault(lambda: judge.signer(text, at)) or _fault(lambda: judge.recipient(text, at))
        yield _line("bureau", conn_id, text, at, fault, SIGNS, ENCRYPTS)
    escrow = [] if signing is None else signing.extra.get("escrow_certificates") or []
    for each in [escrow] if isinstance(escrow, str) else escrow:
        yield _line("escrow", SIGNING, each, at, _fault_of_recipient(each, at, judge), ENCRYPTS)


def _fault_of_recipient(text: str, at: datetime, judge: KeyJudge) -> str | None:
    return _fault(lambda: judge.recipient(text, at))


def _fault(check: Callable[[], None]) -> str | None:
    try:
        check()
    except ArrearsError as error:
        return error.code
    return None


def _lacking(use: str, conn_id: str) -> KeyLine:
    return KeyLine(use, conn_id, "", "", "", None, None, CONNECTION_INVALID.code)


def _line(use: str, conn_id: str, text: str, at: datetime, fault: str | None, *serves: str) -> KeyLine:
    try:
        found = facts_of(text, *serves)
    except ArrearsError as error:
        return KeyLine(use, conn_id, "", "", "", None, None, fault or error.code)
    left = None if found.expires_at is None else (found.expires_at - at).days
    return KeyLine(use, conn_id, found.subject, found.kind, found.fingerprint, found.expires_at, left, fault)
