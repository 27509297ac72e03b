"""What Metro 2 asks of a furnisher besides the books: contracts that agree with the layout."""

import pyarrow as pa

from schemas.bureaus.metro2 import BASE, LAYOUT
from schemas.bureaus.metro2_facts import (
    METRO2_ACCOUNTS,
    METRO2_ASSOCIATIONS,
    METRO2_CONSUMERS,
    METRO2_FACTS,
    SEGMENT_FACTS,
)


def test_only_what_every_record_needs_is_required():
    required = {
        dataset.name: [field.name for field in dataset.arrow_schema() if not field.nullable] for dataset in METRO2_FACTS
    }
    assert required == {
        "metro2_accounts": ["loan_id", "account_number", "portfolio_type", "account_type"],
        "metro2_consumers": ["borrower_id", "surname", "first_name"],
        "metro2_associations": ["loan_id", "borrower_id", "ecoa_code"],
    }


def test_what_names_a_person_is_identity():
    assert METRO2_ACCOUNTS.identity_fields == ()
    assert METRO2_ASSOCIATIONS.identity_fields == ()
    figures = set(METRO2_CONSUMERS.field_names) - set(METRO2_CONSUMERS.identity_fields)
    assert figures == {
        "borrower_id",
        "consumer_information",
        "country_code",
        "state",
        "address_indicator",
        "residence_code",
        "petitioned_on",
        "employer_state",
    }


def test_every_slot_that_only_the_furnisher_knows_has_a_fact():
    told = {name for dataset in METRO2_FACTS for name in dataset.field_names}
    for key in (*SEGMENT_FACTS, "n1", "j1", "j2"):
        made = {"change_indicator"}
        assert set(LAYOUT.segment(key).names) - told == made & set(LAYOUT.segment(key).names)
    computed = set(BASE.names) - told
    assert computed == {
        "time_stamp",
        "correction_indicator",
        "identification_number",
        "cycle_identifier",
        "opened_on",
        "scheduled_payment",
        "actual_payment",
        "account_status",
        "payment_rating",
        "payment_history",
        "compliance_condition",
        "current_balance",
        "past_due",
        "original_charge_off",
        "account_information_on",
        "last_payment_on",
    }


def test_codes_of_the_layout_are_those_of_the_facts():
    fields = {field.name: field for field in METRO2_ACCOUNTS.fields}
    assert fields["portfolio_type"].codes == BASE.slot("portfolio_type").codes
    assert fields["balloon_amount"].type.arrow == pa.decimal128(18, 2)
    assert set(fields["deletion_status"].codes) == {"DA", "DF"}
