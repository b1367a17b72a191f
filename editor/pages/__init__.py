"""The pages, one file per noun. Handlers are thin: read the form, call the store or the engine, render."""
