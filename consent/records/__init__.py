"""Evidence exports for legal."""
