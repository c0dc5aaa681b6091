"""All that a repository pulls: what, from where, by whose credential, at what cost."""
