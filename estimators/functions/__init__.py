"""What is estimated: smooth functions of totals with one canonical text, and their gradients."""
