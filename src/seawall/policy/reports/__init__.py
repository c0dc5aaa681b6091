"""What came of a check, written for people and programs: one module for each form."""
