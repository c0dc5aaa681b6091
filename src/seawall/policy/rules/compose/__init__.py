"""CMP: services of Compose files."""
