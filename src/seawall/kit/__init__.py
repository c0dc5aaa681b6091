"""Mechanisms without domain: clock, ranges, limits, units, redaction."""
