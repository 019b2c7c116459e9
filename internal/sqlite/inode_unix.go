//go:build unix

package sqlite

import (
	"os"
	"strconv"
	"syscall"
)

// inode names a file by its inode, which it keeps when it is renamed; "" where the
// system tells none.
func inode(info os.FileInfo) string {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	return strconv.FormatUint(uint64(stat.Ino), 10)
}
