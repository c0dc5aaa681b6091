"""Debian archives: one engine below, three ways for clients to ask."""
