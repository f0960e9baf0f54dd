"""What the operator can see: logs."""
