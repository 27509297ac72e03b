"""Contacts of one made-up loan, with the stops, recordings and collectors that they need."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from schemas import codes
from tests.transforms.portfolio_money import days_from, months_from

QUIET_BORDERS = (
    time(7, 59, 59, 999_999),
    time(8),
    time(20, 59, 59),
    time(21),
    time(21, 0, 0, 999_999),
    time(21, 0, 1),
    time(21, 59, 59, 999_999),
    time(22),
    time(23, 59, 59, 999_999),
    time(0),
)
UNREACHABLE = ("power_off", "number_void", "moved")
VOICE = ("call", "robot_call")
FOREIGN_RECORDING = "foreign-R"
REGISTERED_DAYS = (60, 30)


def collectors(as_of):
    """S1 and S2 stand for every day, S3 for some days before `as_of`, S4 for none; there is no S0."""
    first_on, last_on = (days_from(as_of, -days) for days in REGISTERED_DAYS)
    spans = {
        "S1": (date(2010, 1, 1), None),
        "S2": (date(2010, 1, 1), date(2099, 1, 1)),
        "S3": (first_on, last_on),
        "S4": (date(2099, 1, 1), None),
    }
    return [
        {"staff_id": staff_id, "registered_from_on": from_on, "registered_until_on": until_on}
        for staff_id, (from_on, until_on) in spans.items()
    ]


@dataclass
class Collection:
    """The collection side of one loan, filled step by step."""

    loan_id: str
    borrower_id: str
    as_of: date
    first_missed_on: date
    zone: ZoneInfo
    contacts: list = field(default_factory=list)
    stops: list = field(default_factory=list)
    recordings: list = field(default_factory=list)

    @property
    def earliest_on(self):
        return max(self.first_missed_on, months_from(self.as_of, -24))

    def instant(self, day, clock):
        return datetime.combine(day, clock, self.zone).astimezone(UTC)

    def contact(self, day, clock=time(10), channel="call", who="nobody", outcome="no_answer", **changes):
        contact_id = f"{self.loan_id}-C{len(self.contacts)}"
        row = {
            "contact_id": contact_id,
            "loan_id": self.loan_id,
            "contacted_at": self.instant(day, clock),
            "channel_code": channel,
            "counterparty_code": who,
            "contact_outcome_code": outcome,
            "staff_id": "S1" if channel in ("call", "visit") else None,
            "evidence_id": None,
            "transcript": None,
        }
        if channel in VOICE and who != "nobody" and "evidence_id" not in changes:
            row["evidence_id"] = self.recording(day)
        self.contacts.append(row | changes)

    def recording(self, day, kind="recording"):
        evidence_id = f"{self.loan_id}-R{len(self.recordings)}"
        self.recordings.append((evidence_id, kind, min(day, self.as_of)))
        return evidence_id

    def stop(self, kind, stopped_at, lifted_at=None):
        self.stops.append(
            {
                "stop_id": f"{self.loan_id}-X{len(self.stops)}",
                "borrower_id": self.borrower_id,
                "stop_kind_code": kind,
                "stopped_at": stopped_at,
                "lifted_at": lifted_at,
            }
        )


def lawful_collection(random, collection, attempts=None, days=None, channels=None, is_reached=True):
    """Attempts enough for every policy, or as few as told, lawful under every policy, with much that is just lawful."""
    attempts = attempts or random.choice((5, 5, 5, 6, 8))
    days = days or random.choice((3, 3, 4, 5))
    first, span = collection.earliest_on, (collection.as_of - collection.earliest_on).days
    places = sorted(random.sample(range(span + 1), min(days, span + 1)))
    used = random.sample(("call", "sms", "letter", "email"), channels or random.choice((2, 2, 3)))
    ends = [place for place in (0, span) if random.random() < 0.3]
    places = sorted({*places[: max(1, days - len(ends))], *ends}) if days > 2 else places
    for number in range(attempts):
        place = places[number % len(places)]
        channel = used[number % len(used)] if number // len(places) < 3 else "letter"
        channel = channel if channel in used else used[0]
        outcome = "no_answer" if channel == "call" else "delivered"
        clock = time(9 + number, random.choice((0, 30)))
        collection.contact(days_from(first, place), clock, channel, outcome=outcome)
    if is_reached == "lost":
        _lose(random, collection, used)
    elif is_reached:
        reached = random.choice(collection.contacts)
        reached["counterparty_code"] = "borrower"
        reached["contact_outcome_code"] = random.choice(("promised", "refused", "talked"))
        if reached["channel_code"] == "call":
            reached["evidence_id"] = collection.recording(collection.as_of)
    _just_lawful(random, collection)


def _lose(random, collection, used):
    used = random.choice((used, used, used, used[:1]))
    if random.random() < 0.1:
        collection.contact(collection.as_of, time(23), "robot_call", "borrower", "talked")
    for number, contact in enumerate(collection.contacts):
        if number < 3 + random.randint(0, 1):
            contact["contact_outcome_code"] = random.choice(UNREACHABLE)
            contact["channel_code"] = used[number % len(used)]
            contact["staff_id"] = "S1" if contact["channel_code"] == "call" else None


def _just_lawful(random, collection):
    """What comes near a breach, or near what counts, and is neither."""
    first_on, as_of = collection.first_missed_on, collection.as_of
    if random.random() < 0.3:
        collection.contact(days_from(first_on, -1), time(23, 59, 59, 999_999), who="third_party", outcome="talked")
        collection.contact(days_from(as_of, 1), time(0), "call", "third_party", "message_left")
    if random.random() < 0.2:
        collection.contact(days_from(months_from(as_of, -24), -1), time(23), "call", evidence_id=None)
    if random.random() < 0.2:
        collection.contact(collection.earliest_on, random.choice(QUIET_BORDERS), "letter", outcome="delivered")
    if random.random() < 0.2:
        collection.contact(as_of, random.choice((time(8), time(20, 59, 59), time(21))), "sms", outcome="delivered")
    first_at = min((row["contacted_at"] for row in collection.contacts), default=None)
    kind = random.choice(("do_not_contact", "lawyer"))
    if first_at and random.random() < 0.2:
        collection.stop(kind, first_at - timedelta(days=9), first_at)
    if random.random() < 0.2:
        collection.stop(kind, collection.instant(days_from(as_of, 2), time(0)))


def breach(random, collection, day=None):
    """A breach of some rule of conduct on some day that counts, or a contact at its border."""
    span = (collection.as_of - collection.earliest_on).days
    day = day or days_from(collection.earliest_on, random.randint(0, span))
    random.choice((_disturb, _disturb, _crowd, _crowd, _talk, _tell, _ignore, _ignore, stand_in, _forget))(
        random, collection, day
    )


def _disturb(random, collection, day):
    collection.contact(day, random.choice(QUIET_BORDERS), random.choice(tuple(codes.CHANNEL)), outcome="delivered")


def _crowd(random, collection, day):
    channels = random.choice((("call", "robot_call"), ("call",), ("visit",)))
    for number in range(random.choice((2, 4, 4, 8))):
        later = random.choice((0, 0, 0, 0, 1, 3, 6, 7))
        collection.contact(days_from(day, later), time(9 + number % 3), random.choice(channels))


def _talk(random, collection, day):
    collection.contact(day, time(11), "call", "borrower", random.choice(("talked", "no_answer", "refused", "promised")))
    later = days_from(day, random.choice((0, 1, 5, 6, 7, 7)))
    collection.contact(later, time(11), random.choice(("call", "sms", "robot_call", "call")))


def _tell(random, collection, day):
    outcome = random.choice(("message_left", "talked", "moved"))
    collection.contact(day, time(12), random.choice(("call", "visit", "letter")), "third_party", outcome)


def _ignore(random, collection, day):
    """A stop, and a contact at it, just before it or after it was lifted."""
    stopped_at = collection.instant(day, time(14))
    lifted_at = random.choice((None, None, stopped_at + timedelta(hours=2), stopped_at))
    collection.stop(random.choice(("do_not_contact", "lawyer")), stopped_at, lifted_at)
    if random.random() < 0.3:
        collection.stop(random.choice(("do_not_contact", "lawyer")), stopped_at, None)
    clock = random.choice((time(13, 59, 59), time(14), time(15), time(16)))
    channel = random.choice(("call", "sms", "letter", "wechat"))
    collection.contact(day, clock, channel, outcome="delivered")


def stand_in(random, collection, day):
    """Somebody else than S1 makes the contact, at the border of a registration where there is one."""
    staff_id = random.choice((None, "S0", "S2", "S3", "S3", "S3", "S4"))
    borders = [days_from(collection.as_of, -days + more) for days in REGISTERED_DAYS for more in (-1, 0, 1)]
    day = random.choice(borders) if staff_id == "S3" else day
    collection.contact(day, time(13), random.choice(("call", "visit", "robot_call")), staff_id=staff_id)


def _forget(random, collection, day):
    kinds = ("recording", "receipt", None)
    kind = random.choice(kinds)
    evidence_id = collection.recording(day, kind) if kind else random.choice((None, FOREIGN_RECORDING))
    who = random.choice(("borrower", "nobody", "third_party"))
    collection.contact(
        day, time(15), random.choice(("robot_call", "call", "sms")), who, "talked", evidence_id=evidence_id
    )


def wild_collection(random, collection):
    """Contacts of which nothing is certain."""
    for _ in range(random.choice((0, 2, 6, 12))):
        day = days_from(
            collection.as_of, -random.choice((0, 1, 2, 6, 7, random.randint(0, 60), random.randint(0, 900)))
        )
        clock = random.choice((*QUIET_BORDERS, time(9), time(9), time(10), time(19)))
        collection.contact(
            day,
            clock,
            random.choice(tuple(codes.CHANNEL)),
            random.choice(tuple(codes.COUNTERPARTY)),
            random.choice(tuple(codes.CONTACT_OUTCOME)),
            staff_id=random.choice((None, "S1", "S2", "S3")),
        )
    for _ in range(random.choice((0, 0, 1, 2))):
        breach(random, collection, days_from(collection.as_of, -random.randint(0, 300)))
