"""Moving bytes from sources into the store."""
