"""The verbs that write configurations of clients."""
