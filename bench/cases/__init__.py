"""What is measured: one module per question, one function per case."""
