"""The OCI distribution protocol, reading."""
