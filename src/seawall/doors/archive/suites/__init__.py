"""Suites: which generation a name means now, verified before anybody sees it."""
