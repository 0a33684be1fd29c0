"""工作区 (the workspace as a plan): what shall be, what is, and the frozen changes between them. Pure."""
