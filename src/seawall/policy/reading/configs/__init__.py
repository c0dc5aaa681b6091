"""Configurations of clients that pull, as trees of values with their places."""
