"""Bureaus of whose answers nothing is public: no file at the bureau is taken for one, and cases stay sent."""

from __future__ import annotations

from orchestration.bureaus.form import Answer, Part
from orchestration.task_run import TaskRun
from schemas.errors import ArrearsError
from schemas.errors.feedback import ANSWER_UNKNOWN_FILE


class Unanswered:
    """The part of a bureau's form that is about answers."""

    def answered_file(self, answer_name: str) -> str | None:  # noqa: ARG002 -- the seam names the arguments
        """None: no answers are known."""
        return None

    def read_answer(self, run: TaskRun, name: str, content: bytes, part: Part) -> Answer:  # noqa: ARG002 -- as above
        """Never reads one.

        Raises:
            ArrearsError: `ANSWER_UNKNOWN_FILE`.
        """
        raise ArrearsError(ANSWER_UNKNOWN_FILE, answer=name)
