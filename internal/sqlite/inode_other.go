//go:build !unix

package sqlite

import "os"

// inode returns "": elsewhere an open file can be neither removed nor replaced.
func inode(os.FileInfo) string { return "" }
