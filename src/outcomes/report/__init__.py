"""WHAT PEOPLE READ: content, blocks, renderers."""
