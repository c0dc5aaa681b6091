"""Programs in other languages, read for what they pull: shell, and strings in code."""
