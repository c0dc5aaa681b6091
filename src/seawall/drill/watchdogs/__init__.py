"""Clients' watchdogs, written anew from their code, as readers that die of silence."""
