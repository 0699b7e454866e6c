"""The places that a deletion reaches: each does its work in chunks, and is done only with a proof."""
