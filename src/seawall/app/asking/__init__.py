"""Questions to registries by a command that keeps nothing: no store, no service."""
