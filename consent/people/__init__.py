"""Employees, roles, organisation."""
