"""Pages, one module per journey."""
