"""Pipelines of continuous integration: what their jobs run in, use and call."""
