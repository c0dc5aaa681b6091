"""Edits that several rules make, so that all of them mend a thing in the same way."""
