"""Messenger: an anonymous tip line that answers back."""
