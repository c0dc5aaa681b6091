"""CFG: configurations of clients, by what the client makes of them."""
