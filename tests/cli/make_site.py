"""Makes a site on which a batch was held, a second one released, sent and answered: `make_site.py ROOT`.

It runs as a process of its own, because the steps read Airflow's settings out of the environment and the commands must
not need any. The folder of the road's own tests is on its PYTHONPATH.
"""

import contextlib
import json
import sys
from pathlib import Path

from road import FIRST_ON, SECOND_ON, Outside, Stand, answer, new_road, wait_for

from sandbox.lender import make_lender
from sandbox.site import SiteFolders, prepare_lender_keys
from schemas.errors import ArrearsError

LOANS, SEED = 600, 7
HELD_BECAUSE = "compare the amounts with accounting first"


def make_site(root: Path) -> None:
    outside_root = root / "outside"
    outside_root.mkdir()
    make_lender(outside_root / "lender", loans=LOANS, seed=SEED, as_of_dates=[FIRST_ON, SECOND_ON])
    keys = prepare_lender_keys(SiteFolders(outside_root))
    bureau = Stand("sandbox.bureau", outside_root / "bureau", "--unconfirmed-one-in", "3")
    mail = Stand("sandbox.mail", outside_root / "mail")
    try:
        outside = Outside(bureau, mail, outside_root / "lender", outside_root / "keys", keys)
        road = new_road(root / "site", outside)
        walk(road)
        describe(root, road)
    finally:
        bureau.stop()
        mail.stop()


def walk(road: object) -> None:
    for day in (FIRST_ON, SECOND_ON):
        road.today = day
        road.ingest(day)
        road.assess(day)
        road.notify(day)
    road.freeze(SECOND_ON, "held")
    with contextlib.suppress(ArrearsError):
        road.decide(answer("Release", person={"id": "9", "name": "stranger"}))
    road.decide(answer("Hold", HELD_BECAUSE))
    road.freeze(SECOND_ON, "report-1")
    road.decide(answer("Release", "as agreed"))
    road.recheck()
    road.close(road.send(road.seal()))
    wait_for(lambda: list(road.answers.glob("*.p7m")), "the bureau answers")
    road.book_answers()


def describe(root: Path, road: object) -> None:
    keys = road.outside.keys
    for name in ("opening_key", "opening_certificate", "signing_certificate"):
        (root / f"{name}.pem").write_text(getattr(keys, name))
    told = {
        "ledger_url": road.folders.ledger_url,
        "lake": str(road.folders.lake),
        "borrowers": str(road.folders.lender / "extracts" / str(SECOND_ON) / "borrowers.csv"),
        "sealed_file": str(next(road.inbox.glob("*.csv.p7m"))),
        "answer": str(next(road.answers.glob("*.p7m"))),
        "bureau_keys": str(road.outside.bureau.root / "keys"),
        "states": road.states(),
    }
    (root / "site.json").write_text(json.dumps(told))


if __name__ == "__main__":
    make_site(Path(sys.argv[1]))
