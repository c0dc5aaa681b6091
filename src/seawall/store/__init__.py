"""Where bytes rest: blobs on disk, the catalog, eviction.

What belongs here is anything that must still be true after a power cut, and the
decisions about what to give up. Nothing here asks an upstream, knows a protocol's
door, or decides who may read.
"""
