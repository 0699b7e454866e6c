"""The append-only Merkle log: what was decided and done, provable to a stranger and erasable all the same."""
