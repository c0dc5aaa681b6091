"""Signing in: challenges, credentials, tokens; a secret leaves only through here."""
