"""What the mapping page shows and does, as pure functions over documents, samples and previews."""
