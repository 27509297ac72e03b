from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)

# Leaves and roots of the test vectors that the implementations of RFC 6962 and RFC 9162 share.
VECTOR_LEAVES = [
    bytes.fromhex(leaf)
    for leaf in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
VECTOR_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def largest_power_below(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def mth(data: list[bytes]) -> bytes:
    """RFC 9162 section 2.1.1, word for word."""
    if not data:
        return sha256().digest()
    if len(data) == 1:
        return sha256(b"\x00" + data[0]).digest()
    k = largest_power_below(len(data))
    return sha256(b"\x01" + mth(data[:k]) + mth(data[k:])).digest()


def path(m: int, data: list[bytes]) -> list[bytes]:
    """RFC 9162 section 2.1.3.1."""
    if len(data) == 1:
        return []
    k = largest_power_below(len(data))
    if m < k:
        return [*path(m, data[:k]), mth(data[k:])]
    return [*path(m - k, data[k:]), mth(data[:k])]


def subproof(m: int, data: list[bytes], is_complete: bool) -> list[bytes]:
    """RFC 9162 section 2.1.4.1."""
    if m == len(data):
        return [] if is_complete else [mth(data)]
    k = largest_power_below(len(data))
    if m <= k:
        return [*subproof(m, data[:k], is_complete), mth(data[k:])]
    return [*subproof(m - k, data[k:], False), mth(data[:k])]


SIZES = st.integers(1, 70)


def entries(size: int) -> list[bytes]:
    return [b"entry %d" % number for number in range(size)]


def hashes(size: int) -> list[bytes]:
    return [leaf_hash(entry) for entry in entries(size)]


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_the_known_vectors(size: int) -> None:
    assert root_of([leaf_hash(leaf) for leaf in VECTOR_LEAVES[:size]]).hex() == VECTOR_ROOTS[size - 1]


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert root_of([]) == Frontier().root() == EMPTY_ROOT == mth([])


@given(st.lists(st.binary(max_size=4), max_size=70))
def test_root_of_is_the_tree_hash_of_the_rfc(data: list[bytes]) -> None:
    assert root_of([leaf_hash(entry) for entry in data]) == mth(data)


@given(st.lists(st.binary(max_size=4), max_size=70))
def test_a_frontier_has_the_root_of_every_prefix(data: list[bytes]) -> None:
    frontier = Frontier()
    for size, entry in enumerate(data, start=1):
        frontier = frontier.append(leaf_hash(entry))
        assert frontier.size == size
        assert frontier.root() == mth(data[:size])


@given(st.data(), SIZES)
def test_inclusion_proofs_are_those_of_the_rfc_and_verify(data: st.DataObject, size: int) -> None:
    index = data.draw(st.integers(0, size - 1))
    leaves = hashes(size)
    proof = inclusion_proof(leaves, index)
    assert proof == path(index, entries(size))
    assert verify_inclusion(leaves[index], index, size, proof, mth(entries(size)))


@given(st.data(), SIZES)
def test_an_inclusion_proof_with_anything_changed_is_refused(data: st.DataObject, size: int) -> None:
    index = data.draw(st.integers(0, size - 1))
    leaves, root = hashes(size), root_of(hashes(size))
    proof = inclusion_proof(leaves, index)
    other = leaf_hash(b"other")
    assert not verify_inclusion(other, index, size, proof, root)
    assert not verify_inclusion(leaves[index], index, size, proof, other)
    assert not verify_inclusion(leaves[index], index, size, [*proof, other], root)
    assert not verify_inclusion(leaves[index], size, size, proof, root)
    assert not verify_inclusion(leaves[index], -1, size, proof, root)
    for position in range(len(proof)):
        changed = [*proof[:position], other, *proof[position + 1 :]]
        assert not verify_inclusion(leaves[index], index, size, changed, root)
        assert not verify_inclusion(leaves[index], index, size, proof[:position] + proof[position + 1 :], root)
    for wrong in set(range(size)) - {index}:
        assert not verify_inclusion(leaves[index], wrong, size, proof, root)


def test_an_inner_node_does_not_pass_for_a_leaf() -> None:
    leaves = hashes(4)
    data = leaves[0] + leaves[1]
    proof = [root_of(leaves[2:])]
    assert leaf_hash(data) != node_hash(leaves[0], leaves[1])
    assert not verify_inclusion(leaf_hash(data), 0, 2, proof, root_of(leaves))


@given(st.data(), SIZES)
def test_consistency_proofs_are_those_of_the_rfc_and_verify(data: st.DataObject, size: int) -> None:
    old_size = data.draw(st.integers(1, size))
    proof = consistency_proof(hashes(size), old_size)
    assert proof == subproof(old_size, entries(size), True)
    assert verify_consistency(old_size, size, mth(entries(old_size)), mth(entries(size)), proof)


@given(st.data(), st.integers(2, 70))
def test_a_log_that_was_rewritten_has_no_consistency_proof(data: st.DataObject, size: int) -> None:
    old_size = data.draw(st.integers(1, size - 1))
    old_root, root = mth(entries(old_size)), mth(entries(size))
    proof = consistency_proof(hashes(size), old_size)
    other = leaf_hash(b"other")
    assert not verify_consistency(old_size, size, other, root, proof)
    assert not verify_consistency(old_size, size, old_root, other, proof)
    assert not verify_consistency(old_size, size, old_root, root, [*proof, other])
    assert not verify_consistency(old_size, size, old_root, root, [])
    assert not verify_consistency(0, size, old_root, root, proof)
    assert not verify_consistency(size + 1, size, old_root, root, proof)
    assert not verify_consistency(size, size, root, root, proof)
    for position in range(len(proof)):
        changed = [*proof[:position], other, *proof[position + 1 :]]
        assert not verify_consistency(old_size, size, old_root, root, changed)
        assert not verify_consistency(old_size, size, old_root, root, proof[:position] + proof[position + 1 :])


def test_equal_sizes_are_consistent_only_with_equal_roots() -> None:
    root, other = mth(entries(5)), mth(entries(4))
    assert verify_consistency(5, 5, root, root, [])
    assert not verify_consistency(5, 5, root, other, [])


@pytest.mark.parametrize("index", [-1, 3])
def test_there_is_no_proof_of_a_leaf_that_is_not_there(index: int) -> None:
    with pytest.raises(IndexError, match=f"no leaf {index}"):
        inclusion_proof(hashes(3), index)


@pytest.mark.parametrize("old_size", [0, 4])
def test_there_is_no_consistency_with_a_size_out_of_range(old_size: int) -> None:
    with pytest.raises(IndexError, match=f"proof for {old_size}"):
        consistency_proof(hashes(3), old_size)


def test_data_given_in_place_of_leaf_hashes_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        root_of([b"a record, not its hash"])
    with pytest.raises(ValueError, match="32 bytes"):
        inclusion_proof([*hashes(2), b""], 0)
    with pytest.raises(ValueError, match="32 bytes"):
        consistency_proof([*hashes(2), b""], 1)


@pytest.mark.parametrize(("size", "nodes"), [(1, ()), (3, (b"x",)), (0, (b"x",)), (-1, (b"x",))])
def test_a_frontier_that_does_not_fit_its_size_is_refused(size: int, nodes: tuple[bytes, ...]) -> None:
    with pytest.raises(ValueError, match="frontier"):
        Frontier(size, nodes)
