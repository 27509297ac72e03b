"""What a furnisher must tell for Metro 2 that the lender's books don't say, as datasets.

Fields that the layout has as well are made from its slots, so that neither says anything that the other doesn't. What
is not given stays empty in the record, where the layout or a condition asks for it.
"""

from __future__ import annotations

from schemas.bureaus import metro2_codes as codes
from schemas.bureaus.fixed_width import Segment, Slot, SlotKind
from schemas.bureaus.metro2 import BASE
from schemas.bureaus.metro2_segments import J2, K1, K2, K3, K4, L1, N1
from schemas.dataset import Dataset, Reference
from schemas.field import Field, FieldType, Sensitivity

_TYPES = {
    SlotKind.TEXT: FieldType.TEXT,
    SlotKind.NUMBER: FieldType.TEXT,
    SlotKind.DOLLARS: FieldType.MONEY,
    SlotKind.DATE: FieldType.DATE,
}
_TRUTH, _DATE, _TEXT, _MONEY = FieldType.TRUTH, FieldType.DATE, FieldType.TEXT, FieldType.MONEY


def _of_slot(slot: Slot) -> Field:
    kind = _TYPES[slot.kind]
    return Field(
        slot.name,
        kind,
        slot.description,
        slot.sensitivity,
        codes=slot.codes,
        minimum=0 if kind is FieldType.MONEY else None,
        pattern=rf"[ -~]{{1,{slot.width}}}" if kind is FieldType.TEXT and not slot.codes else None,
    )


def _of(segment: Segment, *names: str) -> tuple[Field, ...]:
    return tuple(_of_slot(segment.slot(name)) for name in names)


def _day(name: str, description: str) -> Field:
    return Field(name, _DATE, description, not_before="1990-01-01")


SEGMENT_FACTS: dict[str, tuple[str, ...]] = {
    K1.key: K1.names,
    K2.key: K2.names,
    K3.key: K3.names,
    K4.key: K4.names,
    L1.key: tuple(name for name in L1.names if name != "change_indicator"),
}
"""Key of a segment to the facts on an account that fill it. A record has it when one of them is given."""

IDENTITY_FACTS: tuple[str, ...] = tuple(
    name for name in J2.names if name in BASE.names and name not in ("ecoa_code", "segment_id")
)
"""Facts on a consumer that stand in the base segment, or in J1 and J2."""

ADDRESS_FACTS = ("country_code", "address_line_1", "address_line_2", "city", "state", "zip")
"""Those that say where a consumer lives: who shares all of them with the borrower is told in J1."""

_ACCOUNT_FIELDS = (
    *_of(BASE, "account_number", "portfolio_type", "account_type", "terms_frequency", "terms_duration"),
    *_of(BASE, "credit_limit", "highest_credit", "interest_type", "special_comment", "first_delinquency_on"),
    _day("acquired_on", "when the account was purchased or placed, for collectors and debt buyers"),
    _day("collection_on", "when it was assigned to internal or external collections"),
    _day("surrendered_on", "when the collateral was surrendered voluntarily"),
    _day("repossessed_on", "when the collateral was repossessed"),
    _day("claim_filed_on", "when a claim was filed with the government for the insured part"),
    _day("foreclosure_started_on", "when foreclosure proceedings began"),
    _day("deed_in_lieu_on", "when a deed was received in lieu of foreclosure"),
    _day("foreclosed_on", "when the foreclosure was completed"),
    _day("charged_off_on", "when the account was charged off"),
    Field("charged_off_amount", _MONEY, "amount charged off, never changed afterwards", minimum=0),
    _day("transferred_on", "when the account was sold or transferred to another company"),
    _day("settled_on", "when the account was settled for less than the full balance"),
    _day("closed_on", "when the account was closed to further use, for lines and cards"),
    Field("is_closed_by_consumer", _TRUTH, "it was closed at the consumer's request"),
    Field("is_billing_dispute", _TRUTH, "what is disputed is a billing error under the FCBA"),
    Field("is_disagreed", _TRUTH, "the consumer disagrees with the answer to the dispute"),
    _day("compliance_removed_on", "when the last compliance code was taken back; disputes opened by then are past"),
    Field(
        "deletion_status",
        _TEXT,
        "why the account is to be deleted at the bureau, given from then on",
        codes={status: codes.ACCOUNT_STATUS[status] for status in ("DA", "DF")},
    ),
    Field("deletion_reason", _TEXT, "reason of the deletion, kept for who asks", pattern=r".{1,400}"),
    *(_of_slot(segment.slot(name)) for segment in (K1, K2, K3, K4, L1) for name in SEGMENT_FACTS[segment.key]),
)
_CONSUMER_FIELDS = (
    *_of(BASE, *IDENTITY_FACTS),
    _day("petitioned_on", "when the petition of bankruptcy was filed"),
    *_of(N1, *N1.names),
)


def _optional(fields: tuple[Field, ...], *needed: str) -> frozenset[str]:
    return frozenset(field.name for field in fields) - frozenset(needed)


METRO2_ACCOUNTS = Dataset(
    "metro2_accounts",
    1,
    "what Metro 2 asks of a loan and the books don't say, one row a loan",
    ("loan_id", *(field.name for field in _ACCOUNT_FIELDS)),
    ("loan_id",),
    optional=_optional(_ACCOUNT_FIELDS, "account_number", "portfolio_type", "account_type"),
    references=(Reference("loan_id", "loans"),),
    own_fields=_ACCOUNT_FIELDS,
)
METRO2_CONSUMERS = Dataset(
    "metro2_consumers",
    1,
    "what Metro 2 asks of a person and the books don't say, one row a borrower, co-borrower or guarantor",
    ("borrower_id", *(field.name for field in _CONSUMER_FIELDS)),
    ("borrower_id",),
    optional=_optional(_CONSUMER_FIELDS, "surname", "first_name"),
    references=(Reference("borrower_id", "borrowers"),),
    own_fields=_CONSUMER_FIELDS,
)
METRO2_ASSOCIATIONS = Dataset(
    "metro2_associations",
    1,
    "consumers whose bond to a loan does not follow from its liabilities, one row a loan and consumer",
    ("loan_id", "borrower_id", "ecoa_code"),
    ("loan_id", "borrower_id"),
    references=(Reference("loan_id", "loans"), Reference("borrower_id", "borrowers")),
    own_fields=(
        Field(
            "ecoa_code",
            _TEXT,
            "how the consumer is bound to the account, in place of what the liabilities say",
            Sensitivity.FIGURE,
            codes={code: codes.ECOA[code] for code in ("3", "T", "Z")},
        ),
    ),
)
METRO2_FACTS: tuple[Dataset, ...] = (METRO2_ACCOUNTS, METRO2_CONSUMERS, METRO2_ASSOCIATIONS)
