"""Gathers each package's options: TOML once, environment overrides, then frozen."""
