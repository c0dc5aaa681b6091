"""Bytes on their way into a flight's file: collected, written, hashed, traced."""
