"""Responses every organization starts with; people change them and add their own."""

FIRST_CANNED = (
    ("I'm here", "Hi. I'm here now, and I'm reading what you wrote. Take your time."),
    ("Are you safe?", "Are you safe right now? If you are not, call 911. I stay here with you."),
    (
        "Call or text 988",
        "You can call or text 988 at any hour to talk with someone. It is free. I'm still here.",
    ),
    ("Tell me more", "Thank you for telling me. What happened next?"),
    ("Where and when", "Where does this happen, and when? Whatever you know helps."),
    ("Who else knows", "Does any other adult you trust know about this?"),
    (
        "What I do now",
        "I will pass this on to the people who can help. I don't know who you are, and I won't ask.",
    ),
    (
        "Come back",
        "You can come back here with your six words at any time. We will answer in this place.",
    ),
)
"""Title and body of each."""
