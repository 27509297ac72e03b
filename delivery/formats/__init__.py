"""One reader and one writer for each kind of bureau file, driven by a layout."""
