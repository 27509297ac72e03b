"""When a failed task is tried again: never after a refusal, always after a fault that may pass."""

from __future__ import annotations

from airflow.sdk import RetryAction, RetryDecision, RetryPolicy

from schemas.errors import ArrearsError


class RefusalPolicy(RetryPolicy):
    """Fail at once on an error that only a person can end; leave all else to the task's retries."""

    def evaluate(
        self,
        exception: BaseException,
        try_number: int,  # noqa: ARG002 -- Airflow names the arguments
        max_tries: int,  # noqa: ARG002
        context: object | None = None,  # noqa: ARG002
    ) -> RetryDecision:
        """Decide by `may_retry` of the error's kind."""
        if isinstance(exception, ArrearsError) and not exception.kind.may_retry:
            return RetryDecision(action=RetryAction.FAIL, reason=f"{exception.code} stays refused until a person acts")
        return RetryDecision(action=RetryAction.DEFAULT)

    def serialize(self) -> dict[str, object]:
        """Nothing to carry: the policy has no settings."""
        return {}

    @classmethod
    def deserialize(cls, data: dict[str, object]) -> RefusalPolicy:  # noqa: ARG003 -- Airflow hands it
        """The policy, which has no settings."""
        return cls()
