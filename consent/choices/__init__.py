"""Decisions (append-only) and what stands now."""
