"""The way to a host: how far a request came, where it may go, what went wrong."""
