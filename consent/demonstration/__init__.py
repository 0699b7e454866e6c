"""A demonstration organisation with a history; the one place that can backdate, and only where DEMO=1."""
