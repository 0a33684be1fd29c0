"""What was meant: understanding without a language model; it proposes, never acts."""
