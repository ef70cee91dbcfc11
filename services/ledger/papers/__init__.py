"""What each party of a handover signs: its figures by name, its own beside ours, frozen once it is signed."""
