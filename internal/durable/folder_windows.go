package durable

// syncFolder does nothing: Windows offers no fsync of folders; NTFS journals the
// names itself.
func syncFolder(string) error { return nil }
