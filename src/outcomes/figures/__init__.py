"""Pictures: one function per figure, over results."""
