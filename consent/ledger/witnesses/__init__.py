"""Witnesses: places outside the database where checkpoints are deposited, so that who rewrites the log is found."""
