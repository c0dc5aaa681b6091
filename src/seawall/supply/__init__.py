"""Names and contents: fresh, stale or missing; served while they arrive."""
