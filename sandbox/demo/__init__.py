"""The demo (演示): a notice on its way from what is said to what is read, in a town on this machine."""
