"""What a check on records for the PBoC's credit reference centre is: the bureau's code, words, and what fires it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum

import narwhals as nw

NO_TAG = "0000"
"""What the bureau names as the tag at fault when it is no single one."""

RULES_2024 = (
    "rule table (lable_table) and feedback codes (feed_back_report_code) of a public reporting program, "
    "mnwyl123/SmartPECR, as of 2024-03; the bureau's own guide is not public"
)
"""Where rules, rule ids and codes come from."""


class Confidence(StrEnum):
    """How sure the rule is: HIGH is quoted from the bureau's rule, MEDIUM read into it, LOW inferred."""

    HIGH = "H"
    MEDIUM = "M"
    LOW = "L"


class Needs(Enum):
    """What a check has to be given beside the records."""

    NOTHING = "nothing"
    PROVIDER = "provider"
    REGISTERED = "registered"
    KNOWN = "known"


@dataclass(frozen=True)
class Check:
    """One check, under the bureau's feedback code.

    Attributes:
        code: FbCode of the bureau's feedback, 6 characters.
        rule_id: id of the bureau's rule behind it, 8 characters.
        message: what is the case where it fires, for people.
        fires: tag (FbMsg) to what is true where it is at fault, null counting as false. Empty for a check that is
            asked about each item of a layout.
        records: types of record that it is asked about.
        group: path of the group whose rows it looks at, None for records.
        needs: what it has to be given.
        source: where it comes from.
        confidence: how sure that is.
    """

    code: str
    rule_id: str
    message: str
    fires: Mapping[str, nw.Expr] = field(default_factory=dict, compare=False, repr=False)
    records: tuple[str, ...] = ("210", "212")
    group: str | None = None
    needs: Needs = Needs.NOTHING
    source: str = RULES_2024
    confidence: Confidence = Confidence.HIGH

    @property
    def field(self) -> str:
        """The tag that a finding names, `*` when it may be any or one of several."""
        return next(iter(self.fires)) if len(self.fires) == 1 else "*"


@dataclass(frozen=True)
class Question:
    """One thing that is asked of every row: a check about a tag.

    Attributes:
        check: the check.
        tag: the tag at fault.
        fires: true where it is.
    """

    check: Check
    tag: str
    fires: nw.Expr = field(compare=False, repr=False)


def questions_of(check: Check) -> tuple[Question, ...]:
    """The questions of a check whose tags are known."""
    return tuple(Question(check, tag, fires) for tag, fires in check.fires.items())
