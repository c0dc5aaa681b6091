"""What people see of archives: how they fare, and what a path or a suite is."""
