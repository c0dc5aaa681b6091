"""One module per step; each knows the one before it."""
