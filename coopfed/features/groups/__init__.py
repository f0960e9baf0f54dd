"""Groups: of ours, what they take in and pass on and how they are moderated; of peers, what they tell."""
