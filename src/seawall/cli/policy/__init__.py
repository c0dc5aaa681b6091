"""Verbs that look at files alone, and need no server: checks and their rules."""
