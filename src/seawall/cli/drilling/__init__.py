"""The verb that lets upstreams misbehave, and how it shows what came of it."""
