"""反馈 (feedback): what people complain of, and the life of what they report."""
