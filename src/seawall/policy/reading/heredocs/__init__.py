"""Here-documents: texts of scripts that are objects, builds, configurations."""
