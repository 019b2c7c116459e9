//go:build unix

package sqlite

import (
	"fmt"
	"os"
	"syscall"
)

// inode names a file by its inode, which it keeps when it is renamed; "" where the
// system tells none.
func inode(info os.FileInfo) string {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	return fmt.Sprint(stat.Ino) // its type differs between systems
}
