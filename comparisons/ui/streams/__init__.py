"""What people watch: server-sent events past Gradio, and one look for all who watch the same."""
