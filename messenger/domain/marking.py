"""What people read is written in English where it belongs, and translated at the edge."""


def marked(text: str) -> str:
    """Mark `text` for translation without translating it: the edge knows the language.

    Imported as `_`, by which `bin/words` finds what to translate.
    """
    return text
