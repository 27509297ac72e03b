"""The ledger: an append-only Merkle log of what was done to each case. The one mutable thing of Arrears."""
