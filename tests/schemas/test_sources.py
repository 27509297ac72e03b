"""Which datasets a lender's source book names."""

from pathlib import Path

import pytest

from schemas.datasets import SOURCES
from schemas.errors import ArrearsError
from schemas.errors.extract import SOURCE_BOOK_INVALID
from schemas.facts import FACTS
from schemas.sources import parse_source_book

TEXT = (Path(__file__).parents[2] / "sandbox" / "lender" / "sources.toml").read_text("utf-8")
FACT = FACTS[0]


def described(name: str, fields: tuple[str, ...]) -> str:
    columns = "\n".join(f'{field} = {{ column = "{field}" }}' for field in fields)
    return f'\n[datasets.{name}]\nfiles = "{name}.csv"\n[datasets.{name}.columns]\n{columns}\n'


def test_the_books_are_given_and_no_facts_unless_they_are_named() -> None:
    assert parse_source_book(TEXT, file="sources.toml").given == SOURCES


def test_facts_that_are_named_come_behind_the_books() -> None:
    book = parse_source_book(TEXT + described(FACT.name, FACT.field_names), file="sources.toml")
    assert book.given == (*SOURCES, FACT)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (TEXT + described("weather", ("wind",)), "weather"),
        (TEXT + described(FACT.name, FACT.field_names[:-1]), FACT.field_names[-1]),
        (TEXT.replace("[datasets.stops", "[datasets.halts"), "stops"),
    ],
)
def test_an_unknown_dataset_or_a_missing_one_or_a_missing_field_is_refused(text: str, told: str) -> None:
    with pytest.raises(ArrearsError, match=told) as caught:
        parse_source_book(text, file="sources.toml")
    assert caught.value.kind is SOURCE_BOOK_INVALID


def test_every_fact_belongs_to_a_loan_or_a_borrower_of_the_books() -> None:
    names = {dataset.name for dataset in SOURCES}
    assert all({reference.dataset for reference in dataset.references} <= names for dataset in FACTS)
    assert all(dataset.references for dataset in FACTS)
