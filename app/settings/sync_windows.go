package settings

// syncDir does nothing: NTFS journals the rename, and Windows can't flush a
// folder.
func syncDir(string) error { return nil }
