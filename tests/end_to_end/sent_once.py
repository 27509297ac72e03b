"""What must be true after whatever happened on the way to the bureau."""

import hashlib
from typing import Any


def assert_booked_once(site: Any, name: str) -> None:
    """One receipt, of what lies at the bureau under this name, and a ledger that holds."""
    sent = (site.inbox / name).read_bytes()
    with site.ledger() as ledger:
        (receipt,) = ledger.pages(kind="receipt")
        assert receipt.content["sha256"] == hashlib.sha256(sent).hexdigest()
        assert receipt.content["size_bytes"] == len(sent)
        assert ledger.verify().is_intact
