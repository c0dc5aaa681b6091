"""How sources stand: who failed, who lied, who is to be asked first."""
