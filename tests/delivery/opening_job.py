"""Run as a child: seals and opens one part, and says how much memory each took, in bytes above what stood before.

`opening_job.py FOLDER SIZE WHAT...`; the folder holds the keys of both sides and, for opening, the sealed file.
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from delivery.seal import certificates, cms
from delivery.seal.archived import open_unverified
from orchestration.sealed_records import open_file

AT = datetime(2026, 9, 7, 2, 0, tzinfo=UTC)


def memory(line: str) -> int:
    """From /proc: the largest set of a process counts from its start, not from what its parent held."""
    told = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(each.split()[1]) << 10 for each in told.splitlines() if each.startswith(f"{line}:"))


def forget_largest() -> None:
    """From here on the largest set is that of now."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


class Part:
    """One part, its keys, and what can be done with it."""

    def __init__(self, folder: Path, size: int) -> None:
        texts = {
            name: [(folder / f"{name}.{kind}").read_text() for kind in ("key", "pem")] for name in ("lender", "bureau")
        }
        self.folder, self.size, self.sealed = folder, size, folder / "sealed"
        self.signing = certificates.signing_identity(*texts["lender"], checked_at=AT)
        self.opening = certificates.opening_identity(*texts["bureau"], checked_at=AT)

    def seal(self) -> bytes:
        with Path("/dev/zero").open("rb") as zeros:
            content = zeros.read(self.size)
        with self.sealed.open("wb") as out:
            out.writelines(cms.sealed_pieces([content], self.signing, [self.opening.recipient]))
        return content

    def seal_at_once(self) -> bytes:
        with Path("/dev/zero").open("rb") as zeros:
            content = zeros.read(self.size)
        assert len(cms.seal(content, self.signing, [self.opening.recipient])) > self.size
        return content

    def open(self) -> bytes:
        return cms.open_sealed(self.sealed.read_bytes(), self.opening, self.signing.signer).content

    def open_unverified(self) -> bytes:
        return open_unverified(self.sealed.read_bytes(), self.opening).content

    def open_file(self) -> bytes:
        files = (self.folder / name for name in ("bureau.key", "bureau.pem", "lender.pem"))
        return open_file(self.sealed, *files, None).content

    def taken(self, what: str) -> int:
        forget_largest()
        before = memory("VmRSS")
        content = getattr(self, what)()
        taken = memory("VmHWM") - before
        assert len(content) == content.count(0) == self.size
        return taken


if __name__ == "__main__":
    part = Part(Path(sys.argv[1]), int(sys.argv[2]))
    sys.stdout.write(json.dumps({what: part.taken(what) for what in sys.argv[3:]}))
