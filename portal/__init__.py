"""The doors: everything that speaks HTTP."""
