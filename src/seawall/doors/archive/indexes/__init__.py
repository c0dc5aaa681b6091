"""Indexes: brought in, made into tables, and asked which content a path is."""
