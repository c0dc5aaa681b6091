"""CI: what pipelines pull, and how often they try."""
