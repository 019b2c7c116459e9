package version

import (
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheNumberIsTheNewestInTheChangelog(t *testing.T) {
	changelog, err := os.ReadFile(filepath.Join("..", "..", "CHANGELOG.md"))
	require.NoError(t, err)
	newest := regexp.MustCompile(`(?m)^## (\d+\.\d+\.\d+) - `).FindSubmatch(changelog)
	require.NotNil(t, newest, "CHANGELOG.md: no heading of the form ## NUMBER - DATE")
	assert.Equal(t, string(newest[1]), Number)
}

func TestTheCommitFollowsTheNumber(t *testing.T) {
	revision := debug.BuildSetting{Key: "vcs.revision", Value: "1a2b3c4d5e6f70819203"}
	for want, settings := range map[string][]debug.BuildSetting{
		Number:                            {{Key: "vcs.modified", Value: "true"}},
		Number + "+1a2b3c4d5e6f":          {revision, {Key: "vcs.modified", Value: "false"}},
		Number + "+1a2b3c4d5e6f.modified": {{Key: "vcs.modified", Value: "true"}, revision},
	} {
		assert.Equal(t, want, withCommit(settings))
	}
	assert.Contains(t, String(), Number)
}
