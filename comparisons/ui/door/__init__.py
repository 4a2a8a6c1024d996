"""The door decides which HTTP requests reach Gradio: by who asks, from where, for what, and how much they have had."""
