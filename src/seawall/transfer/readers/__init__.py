"""Who reads what arrives: what each is given when, and what its client can bear."""
