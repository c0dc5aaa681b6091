"""Plays traces of waits through Seawall's patience, and through what others do."""
