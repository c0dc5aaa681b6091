"""A scripted upstream that misbehaves by name."""
