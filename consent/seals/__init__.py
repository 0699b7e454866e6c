"""Keys: one data key per person and programme, sealing and opening under it, and its destruction."""
