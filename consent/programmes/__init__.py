"""Programmes, purposes, kinds of data, notices and their versions."""
