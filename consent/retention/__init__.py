"""Legal holds: what may not be deleted yet, and why."""
