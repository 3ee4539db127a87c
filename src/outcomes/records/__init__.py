"""WHAT WAS DELIVERED: files, the data map that explains them, strict reading, quality findings."""
