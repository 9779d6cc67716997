"""Ways to tell people who are not looking at the console."""
