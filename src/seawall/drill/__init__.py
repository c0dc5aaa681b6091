"""Scripted registries and mirrors that misbehave by name."""
