"""Where bytes rest: blobs on disk, the catalog, eviction."""
