"""The nouns of a tip line and their rules. Pure: time, chance and ids come in as arguments."""
