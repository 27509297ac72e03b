"""The desk: opens what arrives in the inboxes, judges it and answers.

A file counts as arrived when it stands in an inbox under a name that ends in `.csv.p7m`; other names are uploads that
are not finished. The answer `<name>.fb.p7m` is signed by the bureau and encrypted for the lender.

For each file, in this order: the sealed answer is written aside, the journal gets its line, the answer is moved to the
outbox. Killed between any two of them, the next sweep goes on, and no file is journalled or answered twice. Content in
the clear is in memory only.
"""

from __future__ import annotations

import hashlib
import logging
import stat
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sandbox.bureau.envelope import NotOpenedError, NotSignedError, decrypt, seal, verified_content
from sandbox.bureau.feedback import feedback_on_file, feedback_on_records
from sandbox.bureau.folders import ARRIVAL_SUFFIX, FEEDBACK_SUFFIX, Folders, move_durably, write_private
from sandbox.bureau.journal import Arrival, Journal
from sandbox.bureau.keys import BureauKeys
from sandbox.bureau.parser import FileRefusedError, Verdict, date_in_name, judge
from sandbox.bureau.registry import Lender, find_lender, lender_names
from sandbox.bureau.rules import FileFacts

MOST_FILE_BYTES = 64 * 1024 * 1024
DEFAULT_UNCONFIRMED_ONE_IN = 50

_log = logging.getLogger(__name__)


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class _Found:
    """A file in an inbox; its bytes are read once, so that what is digested is what is judged. None when too large."""

    lender: Lender
    path: Path
    sealed: bytes | None
    sha256: str
    size_bytes: int


class Desk:
    """Works through the inboxes. One process works on one root.

    Args:
        root: the bureau's folder.
        keys: what opens files and signs answers.
        unconfirmed_one_in: share of identity numbers that get R900, see `FileFacts`.
        clock: gives the instant at which a file is found, UTC.
    """

    def __init__(
        self,
        root: Path,
        keys: BureauKeys,
        *,
        unconfirmed_one_in: int = DEFAULT_UNCONFIRMED_ONE_IN,
        clock: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._folders = Folders(root)
        self._keys = keys
        self._unconfirmed_one_in = unconfirmed_one_in
        self._clock = clock
        self._journal = Journal(self._folders.journal)
        self._settled: set[tuple[Path, int, int, int]] = set()

    def is_name_used(self, lender: str, file_name: str) -> bool:
        """Whether the lender ever delivered a file of that name."""
        return self._journal.first_under(lender, file_name) is not None

    def sweep(self) -> tuple[Arrival, ...]:
        """Answers everything that has no answer yet; gives the files that were new."""
        new = []
        for name in lender_names(self._folders.root):
            lender = find_lender(self._folders.root, name)
            if lender is None:
                continue
            for path in sorted(self._folders.inbox(name).glob(f"*{ARRIVAL_SUFFIX}")):
                arrival = self._settle_once(lender, path)
                if arrival is not None:
                    new.append(arrival)
        return tuple(new)

    def _settle_once(self, lender: Lender, path: Path) -> Arrival | None:
        try:
            state = path.lstat()
            identity = (path, state.st_ino, state.st_mtime_ns, state.st_size)
            if path.name.startswith(".") or not stat.S_ISREG(state.st_mode) or identity in self._settled:
                return None
            arrival = self._settle(_found(lender, path))
        except OSError as problem:
            # A full disk may pass: the next sweep tries again.
            _log.error("%s of %s is not settled yet: %s", path.name, lender.name, type(problem).__name__)
            return None
        except Exception as problem:
            # The text of an exception may hold what is in the file, so only its type is told.
            _log.error("%s of %s can't be settled: %s", path.name, lender.name, type(problem).__name__)
            arrival = None
        self._settled.add(identity)
        return arrival

    def _settle(self, found: _Found) -> Arrival | None:
        lender, name = found.lender.name, found.path.name
        known = self._journal.find(lender, name, found.sha256)
        if known is not None:
            self._give_out(known)
            return None
        if self._journal.first_under(lender, name) is not None:
            return self._book(self._arrival(found, "F010", (), None))
        return self._answer(found)

    def _answer(self, found: _Found) -> Arrival:
        name = found.path.name
        try:
            code, verdicts = None, self._verdicts(found)
            content = feedback_on_records(name, found.sha256, verdicts)
        except FileRefusedError as refusal:
            code, verdicts = refusal.code, ()
            content = feedback_on_file(name, found.sha256, code)
        sealed = seal(content, self._keys, found.lender.sealing_certificate)
        write_private(self._folders.aside(found.lender.name) / f"{name}{FEEDBACK_SUFFIX}", sealed)
        arrival = self._book(self._arrival(found, code, verdicts, hashlib.sha256(sealed).hexdigest()))
        self._give_out(arrival)
        return arrival

    def _verdicts(self, found: _Found) -> tuple[Verdict, ...]:
        named_on = date_in_name(found.path.name)
        if found.sealed is None:
            raise FileRefusedError("F009")
        try:
            signed = decrypt(found.sealed, self._keys)
            content = verified_content(signed, found.lender.signing_certificate, self._clock())
        except NotOpenedError:
            raise FileRefusedError("F001") from None
        except NotSignedError:
            raise FileRefusedError("F002") from None
        return judge(content, FileFacts(named_on, self._unconfirmed_one_in))

    def _arrival(
        self, found: _Found, code: str | None, verdicts: tuple[Verdict, ...], feedback_sha256: str | None
    ) -> Arrival:
        codes = Counter(verdict.code for verdict in verdicts if verdict.code is not None)
        return Arrival(
            lender=found.lender.name,
            file_name=found.path.name,
            sha256=found.sha256,
            size_bytes=found.size_bytes,
            received_at=self._clock().isoformat(),
            file_code=code,
            records=len(verdicts),
            accepted=len(verdicts) - codes.total(),
            rejected=codes.total(),
            codes=dict(sorted(codes.items())),
            feedback_name=None if feedback_sha256 is None else f"{found.path.name}{FEEDBACK_SUFFIX}",
            feedback_sha256=feedback_sha256,
        )

    def _book(self, arrival: Arrival) -> Arrival:
        self._journal.append(arrival)
        _log.info(
            "%s of %s: %s, %d records, %d accepted, %d rejected",
            arrival.file_name,
            arrival.lender,
            arrival.file_code or "read",
            arrival.records,
            arrival.accepted,
            arrival.rejected,
        )
        return arrival

    def _give_out(self, arrival: Arrival) -> None:
        if arrival.feedback_name is None:
            return
        aside = self._folders.aside(arrival.lender) / arrival.feedback_name
        if aside.exists() and _sha256_of(aside) == arrival.feedback_sha256:
            move_durably(aside, self._folders.outbox(arrival.lender) / arrival.feedback_name)


def _found(lender: Lender, path: Path) -> _Found:
    size_bytes = path.stat().st_size
    if size_bytes > MOST_FILE_BYTES:
        return _Found(lender, path, None, _sha256_of(path), size_bytes)
    sealed = path.read_bytes()
    return _Found(lender, path, sealed, hashlib.sha256(sealed).hexdigest(), len(sealed))


def _sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
