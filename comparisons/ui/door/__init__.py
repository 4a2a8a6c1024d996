"""The door: it decides which requests reach Gradio, by who asks, from where, for what, and how much they have had."""
