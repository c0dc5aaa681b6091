"""Scenarios played: the scripted sources, who is drilled, and how it went."""
