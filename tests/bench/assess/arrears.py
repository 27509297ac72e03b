"""Arrears, effort and decisions as `assess` makes them, without reading the evidence files."""

import json
from datetime import date
from pathlib import Path

import pyarrow.compute as pc

from lake.engine import collect_dataset, open_engine
from lake.snapshot import Lake, SnapshotRef
from schemas.datasets import ARREARS, EFFORT
from schemas.policy import parse_policy
from transforms.arrears import arrears_as_of
from transforms.books import Books
from transforms.decisions import decide, decisions_dataset
from transforms.effort import effort_since_first_missed

AS_OF = date(2026, 6, 30)
POLICY = Path(__file__).resolve().parents[3] / "policies" / "cn-2018.toml"
COMPARED = ("E0101", "E0102", "E0201", "E0202", "E0301", "E0302", "E0303", "E0501", "E0502", "E0601", "E0602")


def load(folder: Path, engine: str):
    refs = json.loads((folder / "refs.json").read_text(encoding="utf-8"))
    policy = parse_policy(POLICY.read_text(encoding="utf-8"), file=POLICY.name)
    return (
        open_engine(engine, Lake(folder / "lake")),
        {name: SnapshotRef.from_json(ref) for name, ref in refs.items()},
        policy,
    )


def run(loaded):
    engine, refs, policy = loaded
    frames = engine.scan(refs)
    findings = frames.pop("evidence_findings")
    books = Books(**frames)
    arrears = collect_dataset(arrears_as_of(books, AS_OF, policy), ARREARS)
    lazy_arrears = engine.lazy(arrears)
    effort = collect_dataset(effort_since_first_missed(books, lazy_arrears, AS_OF, policy), EFFORT)
    decided = decide(books, lazy_arrears, engine.lazy(effort), findings, AS_OF, policy)
    return collect_dataset(decided, decisions_dataset())


def answer(loaded, decisions):
    _, refs, _ = loaded
    told = {
        "loans_in_arrears": decisions.num_rows,
        "overdue_cents": int(pc.sum(decisions["overdue_amount"]).as_py() * 100),
        "overdue_principal_cents": int(pc.sum(decisions["overdue_principal"]).as_py() * 100),
        "overdue_days": pc.sum(decisions["overdue_days"]).as_py(),
        "attempts": pc.sum(decisions["attempts"]).as_py(),
        "lost_contacts": pc.sum(decisions["is_lost_contact"]).as_py(),
        **{rule: pc.sum(decisions[rule]).as_py() for rule in COMPARED},
    }
    return refs["loans"].rows, told
