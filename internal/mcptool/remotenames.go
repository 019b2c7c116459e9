package mcptool

import (
	"encoding/hex"
	"hash/fnv"
	"strings"

	"aitrader/internal/sim"
)

// maxToolName bounds the name of a tool in a session: providers refuse longer ones.
const maxToolName = 64

// sessionName returns the name of a server's tool in a session: letters, digits, _ and -
// as providers accept them. A name that has to be changed for that ends with a hash of
// the original, so that no two become one.
func sessionName(server, tool string) string {
	name := sim.OutsideTool(server, tool)
	clean := strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, name)
	if clean == name && len(name) <= maxToolName && tool != "" {
		return name
	}
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(tool)) // a hash cannot fail
	suffix := "_" + hex.EncodeToString(hash.Sum(nil))
	return clean[:min(len(clean), maxToolName-len(suffix))] + suffix
}
