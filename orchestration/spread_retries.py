"""Retries that don't come back all at the same moment."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import RetryAction, RetryDecision

from delivery.backoff import wait_seconds
from orchestration.refusal_policy import RefusalPolicy


class SpreadRetries(RefusalPolicy):
    """As `RefusalPolicy`, with waits drawn at random: Airflow's own are the same for all parts of a batch.

    Args:
        first_seconds: longest wait after the first try; it doubles with each.
        most_seconds: longest wait of all.
    """

    def __init__(self, first_seconds: float = 30.0, most_seconds: float = 600.0) -> None:
        self.first_seconds = first_seconds
        self.most_seconds = most_seconds

    def evaluate(
        self, exception: BaseException, try_number: int, max_tries: int, context: object | None = None
    ) -> RetryDecision:
        """Decide by the kind of the error, then draw the wait."""
        decision = super().evaluate(exception, try_number, max_tries, context)
        if decision.action is not RetryAction.DEFAULT:
            return decision
        seconds = wait_seconds(try_number, self.first_seconds, self.most_seconds)
        return RetryDecision(
            action=RetryAction.RETRY, retry_delay=timedelta(seconds=seconds), reason=f"again in {seconds:.0f} seconds"
        )

    def serialize(self) -> dict[str, object]:
        """Both numbers."""
        return {"first_seconds": self.first_seconds, "most_seconds": self.most_seconds}

    @classmethod
    def deserialize(cls, data: dict[str, object]) -> SpreadRetries:
        """With both numbers."""
        return cls(float(str(data["first_seconds"])), float(str(data["most_seconds"])))
