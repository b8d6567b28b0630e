"""Starting, finding and ending the app under test."""
