"""Configurations of clients, made from the rewrite map: one module a client."""
