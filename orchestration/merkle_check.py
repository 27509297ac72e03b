"""Proof that one record was in the list that a person approved, shown without the other records."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from ledger.ledger import merkle


@dataclass(frozen=True)
class Inclusion:
    """What came of the check.

    Attributes:
        is_included: whether the leaf stands at its place under the approved root.
        leaves: records in the batch.
        proof: hashes that lead from the leaf to the root, RFC 9162 section 2.1.3, hexadecimal.
        reason: what does not fit; None when included.
    """

    is_included: bool
    leaves: int
    proof: tuple[str, ...]
    reason: str | None


def inclusion_of(frozen: pa.Table, case_id: str, serial: int, leaf_hex: str, approved_root_hex: str) -> Inclusion:
    """Check one record's leaf against the approved root.

    Args:
        frozen: the frozen snapshot, contract `FROZEN`, in any order.
        case_id: whose record it is.
        serial: number of the record, from the ledger.
        leaf_hex: leaf of the record, from the ledger.
        approved_root_hex: root that was approved, from the ledger.
    """
    rows = frozen.sort_by("serial_no")
    size, numbers = rows.num_rows, rows["serial_no"].to_pylist()
    if numbers != list(range(1, size + 1)) or not 1 <= serial <= size:
        return Inclusion(False, size, (), f"the frozen list does not number its records from 1 past {serial}")
    if rows["case_id"][serial - 1].as_py() != case_id:
        return Inclusion(False, size, (), f"record {serial} of the frozen list is another case's")
    leaves = [bytes.fromhex(leaf) for leaf in rows["leaf_hex"].to_pylist()]
    leaf, root = bytes.fromhex(leaf_hex), bytes.fromhex(approved_root_hex)
    proof = merkle.inclusion_proof(leaves, serial - 1)
    proof_hex = tuple(node.hex() for node in proof)
    if not merkle.verify_inclusion(leaf, serial - 1, size, proof, root):
        return Inclusion(False, size, proof_hex, "the leaf and the frozen list do not lead to the approved root")
    return Inclusion(True, size, proof_hex, None)
