"""What the site says about the bureau's server."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from airflow.sdk import RetryAction
from pydantic import ValidationError

from delivery.handover_terms import Place
from orchestration.bureau_habits import BureauHabits
from orchestration.refusal_policy import RefusalPolicy
from orchestration.spread_retries import SpreadRetries
from schemas.errors import ArrearsError
from schemas.errors.transport import CONNECTION_LOST, OUTCOME_UNKNOWN


def test_without_a_word_it_is_like_a_plain_server() -> None:
    habits = BureauHabits()
    assert habits.place("/inbox") == Place("/inbox")
    assert habits.opening_hours().is_open(datetime(2026, 9, 7, tzinfo=UTC))


def test_every_habit_reaches_the_hand_over() -> None:
    habits = BureauHabits.model_validate(
        {
            "temporary_name": "{name}.{mark}.tmp",
            "may_read_back": False,
            "may_rename": False,
            "folds_names": True,
            "time_zone": "Europe/Berlin",
            "sending_hours": [{"opens": "22:00", "closes": "06:00", "weekdays": ["mon"]}],
        }
    )
    place = habits.place("/in")
    assert place == Place("/in", "{name}.{mark}.tmp", is_read_back=False, may_rename=False, folds_names=True)
    assert place.temporary_path("a.csv", "0a") == "/in/A.CSV.0A.TMP"
    hours = habits.opening_hours()
    # Monday, 22:00 in Berlin.
    opens = datetime(2026, 9, 7, 20, 0, tzinfo=UTC)
    assert hours.is_open(opens)
    assert not hours.is_open(opens - timedelta(seconds=1))
    assert not hours.is_open(opens + timedelta(days=1))


@pytest.mark.parametrize(
    "wrong",
    [
        {"temporary_name": ".{name}.part"},
        {"temporary_name": "{mark}.part"},
        {"temporary_name": "{name}{mark}"},
        {"temporary_name": "aside/{name}.{mark}"},
        {"temporary_name": "{name}.{mark}.{other}"},
        {"time_zone": "Peking"},
        {"sending_hours": [{"opens": "25:00", "closes": "06:00"}]},
        {"sending_hours": [{"opens": "22:00", "closes": "06:00", "weekdays": ["monday"]}]},
        {"sending_hours": [{"opens": "22:00", "closes": "06:00", "weekdays": []}]},
        {"most_bytes_per_second": 0},
        {"renames": True},
    ],
)
def test_what_can_not_be_meant_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        BureauHabits.model_validate(wrong)


def test_retries_are_drawn_at_random_and_a_refusal_is_final() -> None:
    policy = SpreadRetries.deserialize(SpreadRetries(10, 80).serialize())
    assert isinstance(policy, RefusalPolicy)
    refused = policy.evaluate(ArrearsError(OUTCOME_UNKNOWN), 1, 8)
    assert refused.action is RetryAction.FAIL
    waits = []
    for tries, bound in ((1, 10), (2, 20), (3, 40), (4, 80), (8, 80)):
        decision = policy.evaluate(ArrearsError(CONNECTION_LOST), tries, 8)
        assert decision.action is RetryAction.RETRY
        assert 0.1 * bound <= decision.retry_delay.total_seconds() <= bound
        waits += [policy.evaluate(OSError(), tries, 8).retry_delay for _ in range(20)]
    assert len(set(waits)) > 90
