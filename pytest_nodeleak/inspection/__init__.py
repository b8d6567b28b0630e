"""What watches a running app through its inspector and the kernel."""
