"""Mail to people: outbox, templates, delivery."""
