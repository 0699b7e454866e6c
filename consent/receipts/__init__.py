"""Statements signed, printed as PDF, verified."""
