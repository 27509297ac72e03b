"""Portfolios for proofs: rows of every dataset that the definitions mention, with many loans near a border.

About a quarter of the loans are reportable, most of the others fail a single rule, the rest are wild.
"""

from decimal import Decimal
from zoneinfo import ZoneInfo

from schemas import codes
from schemas.datasets import QUARANTINE, REPORTED, SOURCES
from tests.transforms.portfolio_contacts import (
    FOREIGN_RECORDING,
    Collection,
    breach,
    collectors,
    lawful_collection,
    stand_in,
    wild_collection,
)
from tests.transforms.portfolio_documents import (
    FOREIGN_JUDGMENT,
    add_documents,
    add_evidence,
    add_exclusions,
    add_quarantined,
)
from tests.transforms.portfolio_money import CENT, amount, days_from, late_loan, months_from, wild_loan

RIGHT_NUMBERS = {
    "resident_id": ("11010519491231002X", "110101199003071233"),
    "ssn": ("001010001", "665999999", "899010001"),
    "uscc": ("91110000600037341L", "91350100M000100Y43"),
    "ein": ("000000000", "123456789"),
}
WRONG_NUMBERS = {
    "resident_id": ("110105194912310021", "11010519490230002X", "110101900307123", "11010519491231002x"),
    "ssn": ("000010001", "666010001", "900010001", "001000001", "001010000", "12345678"),
    "uscc": ("91110000600037341M", "9111000060003734L"),
    "ein": ("12345678", "12345678X"),
}
NUMBER_TYPES = {"person": ("resident_id", "resident_id", "ssn"), "enterprise": ("uscc", "uscc", "ein")}
FLOORS = {"person": Decimal("5000.00"), "enterprise": Decimal("50000.00")}
MONEY_FLAWS = ("early", "early", "early", "old", "small")
EFFORT_FLAWS = ("few_attempts", "few_days", "one_channel", "unreached")
CONDUCT_FLAWS = ("conduct",)
OTHER_FLAWS = (
    "product",
    "rate",
    "disputed",
    "agreed",
    "protected",
    "identity",
    "reported",
    "quarantined",
    "undocumented",
)
FLAWS = (MONEY_FLAWS, MONEY_FLAWS, EFFORT_FLAWS, CONDUCT_FLAWS, CONDUCT_FLAWS, OTHER_FLAWS, OTHER_FLAWS)


def random_portfolio(random, loans, as_of, zone="Asia/Shanghai"):
    """Rows by dataset name: all sources, quarantine and reported, as the books of a business date.

    Args:
        random: all that is random comes from it.
        loans: how many; their ids are L0, L1 and so on.
        as_of: business date that the borders are laid around.
        zone: time zone in which contacts come near the quiet hours and the ends of days.
    """
    rows = {dataset.name: [] for dataset in (*SOURCES, QUARANTINE, REPORTED)}
    rows["staff"] = collectors(as_of)
    for number in range(loans):
        loan_id = f"L{number}"
        is_shared = number > 0 and random.random() < 0.05
        borrower_id = rows["loans"][-1]["borrower_id"] if is_shared else own_borrower_id(loan_id)
        if random.random() < 0.15:
            _add_wild(random, rows, loan_id, borrower_id, as_of, ZoneInfo(zone))
        else:
            flaws = _flaws(random)
            _add_late(random, rows, loan_id, borrower_id, as_of, ZoneInfo(zone), flaws)
    add_evidence(rows, FOREIGN_RECORDING, "L0", "recording", as_of)
    add_evidence(rows, FOREIGN_JUDGMENT, "L0", "judgment_document", as_of)
    _quarantine_others(random, rows)
    return rows


def random_evidence_findings(random, rows):
    """Findings of evidence, contract EVIDENCE_FINDINGS: all intact for most loans, something amiss for the others."""
    is_doubtful = {row["loan_id"]: row["loan_id"] != "L0" and random.random() < 0.08 for row in rows["loans"]}
    findings = []
    for row in rows["evidence"]:
        code = "intact"
        if is_doubtful[row["loan_id"]] and random.random() < 0.5:
            code = random.choice(("missing", "outside", "wrong_size", "altered", "unreadable", None))
        if code:
            named = {key: row[key] for key in ("evidence_id", "loan_id", "evidence_kind")}
            findings.append(named | {"finding_code": code})
    return findings


def random_language_findings(random, rows):
    """Findings of language, contract LANGUAGE_FINDINGS, in one contact of eighty."""
    return [
        {
            "contact_id": row["contact_id"],
            "turn_no": turn,
            "offset_characters": random.randint(0, 3),
            "language_code": random.choice(tuple(codes.LANGUAGE)),
            "phrase": "弄死你",
            "speaker_code": random.choice(("collector", "unknown")),
            "loan_id": row["loan_id"],
            "contacted_at": row["contacted_at"],
        }
        for row in rows["contacts"]
        if random.random() < 1 / 80
        for turn in range(1, random.choice((2, 2, 3)))
    ]


def random_facts(random, loans, as_of, zone="Asia/Shanghai"):
    """A random portfolio with its findings of evidence and of language."""
    rows = random_portfolio(random, loans, as_of, zone)
    return rows, random_evidence_findings(random, rows), random_language_findings(random, rows)


def only_loan(rows, loan_id):
    """The rows that bear on one loan: its own, its borrower's and its parties', all staff and all of quarantine."""
    borrower_ids = {row["borrower_id"] for row in rows["loans"] if row["loan_id"] == loan_id}
    party_ids = {row["borrower_id"] for row in rows["liabilities"] if row["loan_id"] == loan_id}
    kept = {}
    for name, dataset in rows.items():
        if name == "borrowers":
            kept[name] = [row for row in dataset if row["borrower_id"] in borrower_ids | party_ids]
        elif name == "stops":
            kept[name] = [row for row in dataset if row["borrower_id"] in borrower_ids]
        elif name in ("staff", "quarantine"):
            kept[name] = list(dataset)
        else:
            kept[name] = [row for row in dataset if row["loan_id"] == loan_id]
    return kept


def own_borrower_id(loan_id):
    """The borrower of a loan that nobody shares."""
    return f"B{loan_id[1:]}"


def _flaws(random):
    fate = random.random()
    if fate < 0.38:
        return set()
    if fate < 0.88:
        return {random.choice(random.choice(FLAWS))}
    return {random.choice(random.choice(FLAWS)) for _ in range(3)}


def _add_late(random, rows, loan_id, borrower_id, as_of, zone, flaws):
    kind = random.choice(("person", "person", "person", "enterprise"))
    first_missed_on = _first_missed_on(random, as_of, flaws)
    money = late_loan(random, loan_id, as_of, first_missed_on, _overdue_amount(random, kind, flaws))
    collection = Collection(loan_id, borrower_id, as_of, first_missed_on, zone)
    lawful_collection(
        random,
        collection,
        attempts=random.choice((1, 4)) if "few_attempts" in flaws else None,
        days=random.choice((1, 2)) if "few_days" in flaws else None,
        channels=1 if "one_channel" in flaws else None,
        is_reached=False if "unreached" in flaws else random.choice((True, True, True, "lost")),
    )
    if "conduct" in flaws:
        breach(random, collection)
    if random.random() < 0.1:
        stand_in(random, collection, as_of)
    if borrower_id == own_borrower_id(loan_id):
        _add_borrower(random, rows, borrower_id, kind, flaws)
    _add_loan(random, rows, money, borrower_id, flaws)
    _add_collection(rows, collection)
    add_documents(random, rows, loan_id, as_of, first_missed_on, flaws)
    add_exclusions(random, rows, loan_id, borrower_id, as_of, first_missed_on, flaws)
    _add_parties(random, rows, loan_id)


def _add_wild(random, rows, loan_id, borrower_id, as_of, zone):
    money = wild_loan(random, loan_id, as_of)
    guessed_on = days_from(as_of, -random.randint(1, 900))
    collection = Collection(loan_id, borrower_id, as_of, guessed_on, zone)
    wild_collection(random, collection)
    flaws = set(random.sample(OTHER_FLAWS, random.randint(0, 2)))
    if borrower_id == own_borrower_id(loan_id):
        _add_borrower(random, rows, borrower_id, random.choice(tuple(codes.BORROWER_KIND)), flaws)
    _add_loan(random, rows, money, borrower_id, flaws)
    _add_collection(rows, collection)
    add_documents(random, rows, loan_id, as_of, guessed_on, flaws)
    add_exclusions(random, rows, loan_id, borrower_id, as_of, guessed_on, flaws)
    _add_parties(random, rows, loan_id)


def _first_missed_on(random, as_of, flaws):
    half_year_ago = months_from(as_of, -6)
    if "early" in flaws:
        days = random.choice((1, 2, 29, 30, 31, 32, 60, 61, 90, 91, 120, 121, 150, 151))
        return random.choice((half_year_ago, days_from(half_year_ago, 1), days_from(as_of, -days)))
    if "old" in flaws:
        return days_from(months_from(days_from(as_of, -180), -84), random.randint(-3, 3))
    while True:
        day = random.choice(
            (
                days_from(half_year_ago, -random.randint(1, 4)),
                months_from(as_of, -random.randint(7, 30)),
                days_from(as_of, -random.choice((181, 182, 185, 200, 365, 366))),
                days_from(as_of, -random.randint(184, 900)),
            )
        )
        if months_from(day, 6) < as_of:
            return day


def _overdue_amount(random, kind, flaws):
    floor = FLOORS[kind]
    if "small" in flaws:
        return random.choice((floor - CENT, Decimal("0.01"), amount(random, 1, 4900)))
    return random.choice((floor, floor + CENT, floor + amount(random, 0, 90_000)))


def _add_borrower(random, rows, borrower_id, kind, flaws):
    id_type = random.choice(NUMBER_TYPES[kind])
    number = random.choice(RIGHT_NUMBERS[id_type])
    if "identity" in flaws:
        id_type = random.choice((id_type, id_type, random.choice(tuple(codes.ID_TYPE))))
        number = random.choice((*WRONG_NUMBERS[id_type], number))
    protections = [code for code in codes.PROTECTION if code != "none"]
    rows["borrowers"].append(
        {
            "borrower_id": borrower_id,
            "borrower_kind": kind,
            "name": "测试甲",
            "id_type": id_type,
            "id_number": number,
            "mobile": random.choice(("13800000000", None)),
            "email": random.choice(("b1@example.org", None)),
            "protection_code": random.choice(protections) if "protected" in flaws else "none",
        }
    )


def _add_loan(random, rows, money, borrower_id, flaws):
    due_dates = [row["due_on"] for row in money.instalments]
    allowed = ("consumer", "consumer", "business", "car")
    rates = ("0.36", "0.36", "0.359999", "0.1", "0")
    rows["loans"].append(
        {
            "loan_id": money.loan_id,
            "borrower_id": borrower_id,
            "product_code": random.choice(("student", "down_payment", "card") if "product" in flaws else allowed),
            "principal_amount": Decimal("30000.00"),
            "annual_rate": Decimal(random.choice(("0.360001", "0.4", "1.5") if "rate" in flaws else rates)),
            "disbursed_on": days_from(min(due_dates), random.choice((-400, -31, -30, -1, 0, 20))),
            "matures_on": max(due_dates),
        }
    )
    rows["schedules"] += money.schedules
    rows["instalments"] += money.instalments
    rows["payments"] += money.payments


def _add_collection(rows, collection):
    rows["contacts"] += collection.contacts
    rows["stops"] += collection.stops
    for evidence_id, kind, obtained_on in collection.recordings:
        add_evidence(rows, evidence_id, collection.loan_id, kind, obtained_on)


def _quarantine_others(random, rows):
    """Rows that name loans or borrowers that are not in the books, and sometimes one that names nobody."""
    add_quarantined(rows, "loans", "L999999", loan_id="L999999")
    add_quarantined(rows, "borrowers", "L1", borrower_id="L1")
    if random.random() < 0.3:
        add_quarantined(rows, "borrowers", "B2")


def _add_parties(random, rows, loan_id):
    for number in range(random.choice((0, 0, 0, 1, 1, 2))):
        borrower_id = f"{loan_id}-B{number}"
        flaws = {random.choice((None, None, "identity", "protected"))}
        _add_borrower(random, rows, borrower_id, random.choice(tuple(codes.BORROWER_KIND)), flaws)
        rows["liabilities"].append(
            {
                "loan_id": loan_id,
                "borrower_id": borrower_id,
                "liability_code": random.choice(tuple(codes.LIABILITY)),
                "liable_amount": random.choice((None, Decimal("100.00"))),
            }
        )
