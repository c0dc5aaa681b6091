"""What a drill comes to: sums, goals, and the page on which they are published."""
