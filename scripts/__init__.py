"""Programs for those who work on Candor."""
