"""The check of one record against the approved root, with trees that are hashed by hand here."""

from hashlib import sha256

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.merkle_check import inclusion_of


def leaf_of(number: int) -> bytes:
    return sha256(b"\x00record %d" % number).digest()


def root_of(leaves: list[bytes]) -> bytes:
    """RFC 9162, 2.1.1, as it is written there: split at the largest power of two below the size."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\x01" + root_of(leaves[:split]) + root_of(leaves[split:])).digest()


def frozen_list(size: int) -> tuple[pa.Table, str]:
    leaves = [leaf_of(number) for number in range(1, size + 1)]
    numbers = list(range(size, 0, -1))
    table = pa.table(
        {
            "case_id": [f"roster-L{number}-20250101" for number in numbers],
            "serial_no": numbers,
            "leaf_hex": [leaf_of(number).hex() for number in numbers],
        }
    )
    return table, root_of(leaves).hex()


@given(st.integers(1, 40), st.data())
def test_every_record_of_a_list_is_included(size, data):
    table, root = frozen_list(size)
    serial = data.draw(st.integers(1, size))
    found = inclusion_of(table, f"roster-L{serial}-20250101", serial, leaf_of(serial).hex(), root)
    assert (found.is_included, found.leaves, found.reason) == (True, size, None)
    assert all(len(node) == 64 for node in found.proof)


@given(st.integers(2, 40), st.data())
def test_another_leaf_or_another_root_is_not(size, data):
    table, root = frozen_list(size)
    serial = data.draw(st.integers(1, size))
    other = data.draw(st.integers(1, size).filter(lambda number: number != serial))
    case_id = f"roster-L{serial}-20250101"
    assert not inclusion_of(table, case_id, serial, leaf_of(other).hex(), root).is_included
    assert not inclusion_of(table, case_id, serial, leaf_of(serial).hex(), "00" * 32).is_included


def test_a_record_of_another_case_is_not():
    table, root = frozen_list(5)
    found = inclusion_of(table, "roster-L2-20250101", 3, leaf_of(3).hex(), root)
    assert (found.is_included, found.reason) == (False, "record 3 of the frozen list is another case's")


@pytest.mark.parametrize("serial", [0, -1, 6])
def test_a_number_outside_the_list_is_not(serial):
    table, root = frozen_list(5)
    assert not inclusion_of(table, "roster-L1-20250101", serial, leaf_of(1).hex(), root).is_included


def test_a_list_with_a_record_cut_out_is_not():
    table, root = frozen_list(5)
    cut = pa.concat_tables([table.slice(0, 2), table.slice(3)])
    assert not inclusion_of(cut, "roster-L1-20250101", 1, leaf_of(1).hex(), root).is_included
