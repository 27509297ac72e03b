"""Names of Metro 2 files, and how a report is cut into them."""

from datetime import date

import pytest

from schemas.bureaus.metro2_names import FileName, parts_of

DAY = date(2026, 8, 31)


def test_a_name_says_who_when_which_and_how_many():
    assert str(FileName("LENDER001", DAY, 2, 3, 12)) == "METRO2_LENDER001_20260831_0002_003OF012.DAT"


def test_a_name_is_read_back():
    name = FileName("LENDER001", DAY, 2, 3, 12)
    assert FileName.of(str(name)) == name


@pytest.mark.parametrize(
    "text",
    [
        "METRO2_LENDER001_20260831_0002_003OF012.dat",
        "METRO2_LENDER001_20260231_0002_003OF012.DAT",
        "METRO2_LENDER001_20260831_0002_013OF012.DAT",
        "METRO2_LENDER001_20260831_0000_001OF001.DAT",
        "METRO2_ABC_20260831_0001_001OF001.DAT",
        "METRO2_LENDER001_20260831_0001_001OF001.DAT\n",
        "",
    ],
)
def test_other_names_are_none(text):
    assert FileName.of(text) is None


@pytest.mark.parametrize(
    ("furnisher", "batch", "part", "parts"),
    [
        ("lender001", 1, 1, 1),
        ("ABCD", 1, 1, 1),
        ("LENDER_01", 1, 1, 1),
        ("LENDER001", 0, 1, 1),
        ("LENDER001", 10000, 1, 1),
        ("LENDER001", 1, 0, 1),
        ("LENDER001", 1, 2, 1),
        ("LENDER001", 1, 1, 1000),
    ],
)
def test_a_name_that_does_not_fit_is_refused(furnisher, batch, part, parts):
    with pytest.raises(ValueError, match=r"must be|is not between"):
        FileName(furnisher, DAY, batch, part, parts)


@pytest.mark.parametrize(
    ("records", "cut"),
    [
        (0, [(0, 0)]),
        (1, [(0, 1)]),
        (10, [(0, 10)]),
        (11, [(0, 10), (10, 1)]),
        (30, [(0, 10), (10, 10), (20, 10)]),
    ],
)
def test_a_report_is_cut_by_records(records, cut):
    parts = parts_of("LENDER001", DAY, 1, records, 10)
    assert [(part.first, part.records) for part in parts] == cut
    assert [(part.name.part, part.name.parts) for part in parts] == [
        (number, len(cut)) for number in range(1, len(cut) + 1)
    ]


def test_names_never_repeat():
    names = [
        str(part.name)
        for day in (DAY, date(2026, 9, 30))
        for batch in (1, 2)
        for part in parts_of("LENDER001", day, batch, 25, 10)
    ]
    assert len(set(names)) == len(names) == 12


def test_a_report_of_more_files_than_names_is_refused():
    with pytest.raises(ValueError, match="999"):
        parts_of("LENDER001", DAY, 1, 10_000, 10)


def test_a_file_that_takes_nothing_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        parts_of("LENDER001", DAY, 1, 10, 0)
