"""Requests of data subjects, their deadlines, and the workers that fulfil them."""
