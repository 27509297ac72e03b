"""Findings of conduct and collection effort of one loan, one contact after the other, straight from the definitions.

Shares nothing with the transforms. Figures and words are those of docs/definitions.md.
"""

from zoneinfo import ZoneInfo

from schemas import codes
from tests.transforms.oracle_money import add_months

UNDONE_BY = {"E0301", "E0302", "E0304", "E0305", "E0308"}
COUNTED_BREACHES = {
    "quiet_hour_contacts": "E0301",
    "over_frequency_contacts": "E0302",
    "third_party_contacts": "E0303",
    "stopped_contacts": "E0304",
    "represented_contacts": "E0305",
    "unregistered_contacts": "E0306",
    "unrecorded_contacts": "E0307",
    "language_breaches": "E0308",
}


class Contacts:
    """The contacts that count for one loan in arrears, in order, with the rules that each breaks."""

    def __init__(self, rows, language, loan, first_missed_on, as_of, policy):
        self._rows = rows
        self._policy = policy
        self._zone = ZoneInfo(policy.time_zone)
        self._borrower_id = loan["borrower_id"]
        self._language = language
        earliest_on = max(first_missed_on, add_months(as_of, -policy.effort.look_back_months.value))
        own = [row for row in rows["contacts"] if row["loan_id"] == loan["loan_id"]]
        own.sort(key=lambda row: (row["contacted_at"], row["contact_id"]))
        self.counted = [row for row in own if earliest_on <= self.local_day(row) <= as_of]
        self.breaches = [self._breaches(place) for place in range(len(self.counted))]

    def local(self, row):
        return row["contacted_at"].astimezone(self._zone)

    def local_day(self, row):
        return self.local(row).date()

    def has_reached_borrower(self, row):
        outcomes = self._policy.effort.right_party_outcomes.value
        return row["counterparty_code"] == "borrower" and row["contact_outcome_code"] in outcomes

    def _breaches(self, place):
        row = self.counted[place]
        checks = {
            "E0301": self._is_in_quiet_hours(row),
            "E0302": self._is_too_frequent(place),
            "E0303": row["counterparty_code"] == "third_party",
            "E0304": self._is_stopped(row, "do_not_contact"),
            "E0305": self._is_stopped(row, "lawyer"),
            "E0306": self._is_unregistered(row),
            "E0307": self._is_unrecorded(row),
            "E0308": self._is_forbidden_language(row),
        }
        return {rule_id for rule_id, is_breached in checks.items() if is_breached}

    def _is_in_quiet_hours(self, row):
        conduct = self._policy.conduct
        if row["channel_code"] not in conduct.quiet_channels.value:
            return False
        clock = self.local(row).time()
        begin, end = conduct.quiet_from.value, conduct.quiet_until.value
        if begin < end:
            return begin <= clock < end
        return clock >= begin or clock < end

    def _is_too_frequent(self, place):
        row, earlier = self.counted[place], self.counted[:place]
        for limit in self._policy.conduct.frequency:
            if row["channel_code"] in limit.channels:
                in_span = [
                    other
                    for other in earlier
                    if other["channel_code"] in limit.channels
                    and (self.local_day(row) - self.local_day(other)).days < limit.within_days
                ]
                if len(in_span) >= limit.at_most.value:
                    return True
        after_talk = self._policy.conduct.after_talk
        if after_talk is None or row["channel_code"] not in after_talk.channels:
            return False
        return any(
            other["channel_code"] in after_talk.channels
            and self.has_reached_borrower(other)
            and (self.local_day(row) - self.local_day(other)).days < after_talk.days.value
            for other in earlier
        )

    def _is_stopped(self, row, kind):
        if row["channel_code"] not in self._policy.conduct.stop_channels.value:
            return False
        at = row["contacted_at"]
        return any(
            stop["borrower_id"] == self._borrower_id
            and stop["stop_kind_code"] == kind
            and stop["stopped_at"] <= at
            and not (stop["lifted_at"] is not None and stop["lifted_at"] <= at)
            for stop in self._rows["stops"]
        )

    def _is_unregistered(self, row):
        if row["channel_code"] not in self._policy.conduct.staffed_channels.value:
            return False
        day = self.local_day(row)
        for collector in self._rows["staff"]:
            if collector["staff_id"] == row["staff_id"]:
                from_on, until_on = collector["registered_from_on"], collector["registered_until_on"]
                if from_on <= day and (until_on is None or day <= until_on):
                    return False
        return True

    def _is_unrecorded(self, row):
        if row["channel_code"] not in self._policy.conduct.recorded_channels.value:
            return False
        if row["counterparty_code"] == "nobody":
            return False
        return not any(
            evidence["evidence_id"] == row["evidence_id"]
            and evidence["evidence_kind"] == "recording"
            and evidence["loan_id"] == row["loan_id"]
            for evidence in self._rows["evidence"]
        )

    def _is_forbidden_language(self, row):
        return any(
            finding["contact_id"] == row["contact_id"]
            and finding["language_code"] in self._policy.language.blocking.value
            for finding in self._language
        )

    def findings(self):
        """Rows of `conduct_findings`."""
        return [
            {
                "contact_id": row["contact_id"],
                "rule_id": rule_id,
                "loan_id": row["loan_id"],
                "contacted_at": row["contacted_at"],
                "channel_code": row["channel_code"],
            }
            for row, breaches in zip(self.counted, self.breaches, strict=True)
            for rule_id in sorted(breaches)
        ]

    def effort(self, loan_id):
        """The row of `effort`."""
        numbers = self._policy.effort
        attempts = [
            row
            for row, breaches in zip(self.counted, self.breaches, strict=True)
            if row["counterparty_code"] != "third_party" and not breaches & UNDONE_BY
        ]
        signs = [row for row in attempts if row["contact_outcome_code"] in numbers.unreachable_outcomes.value]
        is_lost = (
            not any(self.has_reached_borrower(row) for row in self.counted)
            and len(signs) >= numbers.min_unreachable_signs.value
            and len({row["channel_code"] for row in signs}) >= numbers.min_unreachable_channels.value
        )
        return {
            "loan_id": loan_id,
            "attempts": len(attempts),
            "attempt_days": len({self.local_day(row) for row in attempts}),
            "channels_used": len({row["channel_code"] for row in attempts}),
            **{
                f"{channel}_attempts": sum(row["channel_code"] == channel for row in attempts)
                for channel in codes.CHANNEL
            },
            "right_party_contacts": sum(self.has_reached_borrower(row) for row in attempts),
            "unreachable_signs": len(signs),
            "is_lost_contact": is_lost,
            **{
                name: sum(rule_id in breaches for breaches in self.breaches)
                for name, rule_id in COUNTED_BREACHES.items()
            },
            "last_contacted_at": max((row["contacted_at"] for row in attempts), default=None),
        }
