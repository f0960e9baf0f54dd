"""What cooperatives say of themselves."""
