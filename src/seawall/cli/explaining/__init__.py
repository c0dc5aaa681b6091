"""The verb that says why, and how it shows that."""
