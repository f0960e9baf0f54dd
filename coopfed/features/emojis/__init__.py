"""The custom emojis of this node: pictures that stand in names and texts as `:shortcode:`. Their rows: `actors.emojis`."""
