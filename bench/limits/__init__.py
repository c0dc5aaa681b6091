"""CI at a registry's limit: the same jobs straight, through Seawall, through a peer."""
