"""Spans: the same events, as OpenTelemetry has them; loaded only where they are on."""
