"""Verbs about Debian archives: what clients are told, packages brought in, suites."""
