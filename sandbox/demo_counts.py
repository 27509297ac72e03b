"""What the demo's table shows, counted from the ledger: what is written there is what was done."""

from __future__ import annotations

from ledger.ledger import Ledger

LABELS = {
    "assessed": "loans in arrears, assessed",
    "reportable": "reportable under every rule",
    "noticed": "borrowers noticed, notice delivered",
    "unnoticed": "no notice: refused by the mail server, or no address",
    "paid_in_grace": "paid in the grace period",
    "disputed": "contested in the grace period",
    "left_out": "left out for other rules",
    "approved": "approved by a person",
    "removed": "taken out at the re-check",
    "sent": "sent",
    "accepted": "accepted by the bureau",
    "rejected": "rejected by the bureau, put to rework",
}
"""Key in `demo.json` to the words on the terminal, in order."""

_OPEN_DISPUTE = "E0601"


def demo_counts(ledger: Ledger, batch_id: str, first_as_of: str) -> dict[str, int]:
    """The demo's counts.

    Args:
        ledger: of the site.
        batch_id: the batch that was reported.
        first_as_of: business date of the notices.
    """
    assessed = [page for page in ledger.pages(kind="assess") if page.content["as_of"] == first_as_of][-1].content
    frozen = ledger.page(f"report/{batch_id}/freeze")
    frozen_no = frozen.page_no if frozen else 0
    aside = [event.detail["rules"] for event in ledger.events(kinds=["set_aside"], page_no=frozen_no)]
    disputed = sum(_OPEN_DISPUTE in rules for rules in aside)
    noticed = {event.case_id for event in ledger.events(kinds=["notice_delivered"])}
    cured = {event.case_id for event in ledger.events(kinds=["cured"])}

    def of_batch(kind: str) -> int:
        return sum(event.detail.get("batch_id") == batch_id for event in ledger.events(kinds=[kind]))

    return {
        "assessed": assessed["loans_in_arrears"],
        "reportable": assessed["reportable"],
        "noticed": len(noticed),
        "unnoticed": len(ledger.events(kinds=["notice_failed"])),
        "paid_in_grace": len(noticed & cured),
        "disputed": disputed,
        "left_out": len(aside) - disputed,
        "approved": of_batch("released"),
        "removed": of_batch("removed"),
        "sent": of_batch("sent"),
        "accepted": of_batch("accepted"),
        "rejected": of_batch("rejected"),
    }
