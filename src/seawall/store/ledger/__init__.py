"""The catalog's book: SQL in and out, one writer thread, its schema and migrations.

This is the only place that knows the database. Everything here is blocking, except
handing work to the writer; `seawall.store.catalog` is what others use.
"""
