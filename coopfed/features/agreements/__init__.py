"""What becomes of agreements: receipts of both sides, the story they tell together, and how anybody verifies them."""
