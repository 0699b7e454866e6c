"""Devices and services that capture: tokens, leases, confirmations."""
