"""What actors do to posts: likes, dislikes, emoji and boosts, in and out."""
