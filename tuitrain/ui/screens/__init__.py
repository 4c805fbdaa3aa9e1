"""The screens, and nothing but them."""
