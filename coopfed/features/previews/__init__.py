"""Previews of the pages that posts link to: which one a post shows, and what the page says of itself.

Nothing here knows what a post is beyond its number; which post leads to which page is said by `coopfed.features.posts.linked`.
"""
