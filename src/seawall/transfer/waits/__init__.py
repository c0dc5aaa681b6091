"""How long each wait for a source may last: learnt from waits that ended; all pure."""
