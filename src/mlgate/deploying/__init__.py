"""Deploying: a verified model is handed to hooks, its service is asked, and what does not answer right goes back."""
