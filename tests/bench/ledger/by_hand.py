"""What a table of events costs that proves nothing: one executemany, as durable as the ledger."""

import json
import sqlite3
import tempfile
from pathlib import Path


def load(folder: Path, _engine: str):
    cases = json.loads((folder / "cases.json").read_text(encoding="utf-8"))
    connection = sqlite3.connect(Path(tempfile.mkdtemp(dir=folder)) / "events.sqlite")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(
        "CREATE TABLE events (page_no INTEGER, event_no INTEGER, case_id TEXT NOT NULL, kind TEXT NOT NULL, "
        "detail_json TEXT NOT NULL, PRIMARY KEY (page_no, event_no)) WITHOUT ROWID"
    )
    connection.execute("CREATE INDEX events_case_id_idx ON events (case_id)")
    connection.commit()
    return connection, cases


def run(loaded):
    connection, cases = loaded
    rows = [
        (1, number, case["case_id"], "found", json.dumps({"overdue_amount": case["overdue_amount"]}))
        for number, case in enumerate(cases)
    ]
    with connection:
        connection.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?)", rows)


def answer(loaded, _result):
    connection, _ = loaded
    (count,) = connection.execute("SELECT count(*) FROM events WHERE page_no = 1").fetchone()
    return count, {"events": count}
