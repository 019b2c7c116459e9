// Package version says which version of the program this is.
package version

import (
	"runtime/debug"
	"strings"
)

// Number is the version of the source: the newest one in CHANGELOG.md.
const Number = "0.1.0"

// String returns the version with the commit that it was built from, where the go
// command has recorded one: 0.1.0+1a2b3c4d5e6f, and 0.1.0+1a2b3c4d5e6f.modified for
// a working tree with changes.
func String() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return Number
	}
	return withCommit(info.Settings)
}

func withCommit(settings []debug.BuildSetting) string {
	var b strings.Builder
	b.WriteString(Number)
	for _, s := range settings {
		if s.Key == "vcs.revision" && s.Value != "" {
			b.WriteString("+" + s.Value[:min(len(s.Value), 12)])
		}
	}
	for _, s := range settings {
		if s.Key == "vcs.modified" && s.Value == "true" && b.Len() > len(Number) {
			b.WriteString(".modified")
		}
	}
	return b.String()
}
