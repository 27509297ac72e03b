"""The ledger read back for a person."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ledger.ledger import Ledger, TreeHead, VerifyReport
from schemas.errors import ArrearsError
from schemas.errors.command import TREE_HEAD_INVALID

_ROOT = re.compile(r"[0-9a-f]{64}")


def check_ledger(
    ledger: Ledger, trusted_size: int | None, trusted_root: str | None, checkpoints: Sequence[TreeHead] = ()
) -> VerifyReport:
    """Read everything back.

    Args:
        ledger: which one.
        trusted_size: pages of a tree head that was kept elsewhere, None when none was.
        trusted_root: its root, hexadecimal.
        checkpoints: what signed checkpoints commit to.

    Raises:
        ArrearsError: `TREE_HEAD_INVALID`.
    """
    if trusted_size is None and trusted_root is None:
        return ledger.verify(*checkpoints)
    root = (trusted_root or "").strip().lower()
    if trusted_size is None or not _ROOT.fullmatch(root):
        raise ArrearsError(TREE_HEAD_INVALID, size=trusted_size, root_digits=len(root))
    return ledger.verify(TreeHead(trusted_size, root), *checkpoints)


def report_lines(report: VerifyReport, trusted_size: int | None, checkpoints: Sequence[TreeHead] = ()) -> list[str]:
    """What came of it, line by line; a script finds each value behind its label."""
    lines = [f"pages   {report.pages}", f"events  {report.events}", f"root    {report.root_hash}"]
    if not report.is_intact:
        where = "no single page" if report.first_bad_page_no is None else f"page {report.first_bad_page_no}"
        return ["NOT INTACT", f"first fault at {where}: {report.reason}", "before it:", *lines]
    if trusted_size is not None:
        lines.append(f"the first {trusted_size} pages are those of the trusted tree head")
    lines += [f"the first {head.size} pages are those of the signed checkpoint" for head in checkpoints]
    return ["intact", *lines]
