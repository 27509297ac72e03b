"""Evidence, judgments and whatever keeps a loan from being reported, of one made-up loan."""

from tests.transforms.portfolio_money import days_from, months_from

FOREIGN_JUDGMENT = "foreign-J"


def add_evidence(rows, evidence_id, loan_id, kind, obtained_on):
    rows["evidence"].append(
        {
            "evidence_id": evidence_id,
            "loan_id": loan_id,
            "evidence_kind": kind,
            "file_path": f"{evidence_id}.bin",
            "file_bytes": 10,
            "file_sha256": "0" * 64,
            "obtained_on": obtained_on,
        }
    )


def add_documents(random, rows, loan_id, as_of, first_missed_on, flaws):
    """Ability and refusal with good dates at the border, or a judgment; one of them wanting by flaw."""
    oldest_on = months_from(as_of, -24)
    ability_on = random.choice((oldest_on, as_of, days_from(as_of, -40)))
    refusal_on = random.choice((first_missed_on, as_of, max(first_missed_on, days_from(as_of, -40))))
    has_judgment = random.random() < 0.15
    if "undocumented" in flaws:
        has_judgment = False
        ability_on, refusal_on = random.choice(
            (
                (days_from(oldest_on, -1), refusal_on),
                (ability_on, days_from(first_missed_on, -1)),
                (days_from(as_of, 1), refusal_on),
                (ability_on, days_from(as_of, 1)),
                (None, refusal_on),
                (ability_on, None),
            )
        )
        _add_judgment(random, rows, loan_id, days_from(as_of, 1), None)
    elif has_judgment and random.random() < 0.5:
        ability_on = refusal_on = None
    for letter, kind, obtained_on in (("A", "ability_to_pay", ability_on), ("Z", "refusal", refusal_on)):
        if obtained_on:
            add_evidence(rows, f"{loan_id}-{letter}", loan_id, kind, obtained_on)
    if has_judgment:
        document = random.choice((None, f"{loan_id}-J", FOREIGN_JUDGMENT))
        if document == f"{loan_id}-J":
            add_evidence(rows, document, loan_id, "judgment_document", random.choice((as_of, days_from(as_of, 1))))
        _add_judgment(random, rows, loan_id, days_from(as_of, -random.choice((0, 0, 99))), document)
    if random.random() < 0.1:
        add_evidence(rows, f"{loan_id}-I", loan_id, "identity", days_from(as_of, random.choice((-900, 1))))


def _add_judgment(random, rows, loan_id, effective_on, evidence_id):
    rows["judgments"].append(
        {
            "judgment_id": f"{loan_id}-J{random.randint(0, 10**9)}",
            "loan_id": loan_id,
            "court_name": "测试法院",
            "judgment_number": "(2025)测01民初1号",
            "effective_on": effective_on,
            "evidence_id": evidence_id,
        }
    )


def add_exclusions(random, rows, loan_id, borrower_id, as_of, first_missed_on, flaws):
    _add_disputes(random, rows, loan_id, as_of, "disputed" in flaws)
    if "agreed" in flaws:
        _add_agreement(rows, loan_id, days_from(as_of, -random.choice((0, 0, 30))), "kept")
    elif random.random() < 0.2:
        status, agreed_on = random.choice((("broken", as_of), ("ended", as_of), ("kept", days_from(as_of, 1))))
        _add_agreement(rows, loan_id, agreed_on, status)
    if "reported" in flaws or random.random() < 0.1:
        began_on = first_missed_on if "reported" in flaws else days_from(first_missed_on, random.choice((-1, 1)))
        rows["reported"].append({"loan_id": loan_id, "episode_began_on": began_on, "reported_on": as_of})
    if "quarantined" in flaws:
        dataset = random.choice(("payments", "contacts", "borrowers", "stops"))
        names = {"borrower_id": borrower_id} if dataset in ("borrowers", "stops") else {"loan_id": loan_id}
        add_quarantined(rows, dataset, "1", **names)


def _add_disputes(random, rows, loan_id, as_of, is_open):
    if is_open:
        opened_on, answered_on, outcome = random.choice(
            (
                (as_of, None, "open"),
                (days_from(as_of, -30), None, "open"),
                (days_from(as_of, -30), days_from(as_of, 1), "upheld"),
                (days_from(as_of, -30), None, "upheld"),
                (days_from(as_of, -30), days_from(as_of, -3), "open"),
            )
        )
    elif random.random() < 0.2:
        opened_on, answered_on, outcome = random.choice(
            (
                (days_from(as_of, 1), None, "open"),
                (days_from(as_of, -30), as_of, "upheld"),
                (as_of, as_of, "recorded"),
                (days_from(as_of, -60), days_from(as_of, -1), "corrected"),
            )
        )
    else:
        return
    rows["disputes"].append(
        {
            "dispute_id": f"{loan_id}-D",
            "loan_id": loan_id,
            "opened_on": opened_on,
            "answered_on": answered_on,
            "dispute_outcome_code": outcome,
        }
    )


def _add_agreement(rows, loan_id, agreed_on, status):
    rows["agreements"].append(
        {
            "agreement_id": f"{loan_id}-G{status}",
            "loan_id": loan_id,
            "agreed_on": agreed_on,
            "agreement_status_code": status,
        }
    )


def add_quarantined(rows, dataset, row_key, loan_id=None, borrower_id=None):
    rows["quarantine"].append(
        {
            "dataset_name": dataset,
            "source_file": f"{dataset}.csv",
            "source_row": len(rows["quarantine"]) + 1,
            "row_key": row_key,
            "loan_id": loan_id,
            "borrower_id": borrower_id,
            "rule_id": f"{dataset}.key.missing",
            "field_name": "loan_id",
            "masked_value": None,
        }
    )
