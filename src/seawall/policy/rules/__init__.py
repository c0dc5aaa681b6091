"""The rules, by family; each is one module that knows no other rule."""
