"""Helm charts as text: metadata, values, templates and their helpers."""
