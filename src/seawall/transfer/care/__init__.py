"""Watching over requests: how long each is waited for, and what was learnt from it."""
