"""The gate, sealed segments, the timeline, erasure from the store."""
