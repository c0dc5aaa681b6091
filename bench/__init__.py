"""Speed and memory of Seawall beside its peers, measured in one run on one machine."""
