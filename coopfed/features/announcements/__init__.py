"""What operators tell everybody who signs in here, and what people think of it."""
