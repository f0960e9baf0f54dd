"""What many have to do with now: hashtags, posts, pages. Computed by a job from what is public, read from its rows."""
