package httpapi

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Readers find a route by the tour in doc.go.
func TestTheTourNamesEveryFile(t *testing.T) {
	t.Parallel()
	tour, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	named := map[string]bool{}
	for word := range strings.FieldsSeq(string(tour)) {
		word = strings.Trim(word, ",.;:")
		if strings.HasSuffix(word, ".go") && !strings.Contains(word, "*") {
			named[word] = true
			assert.FileExists(t, word)
		}
	}
	for _, f := range files {
		if f != "doc.go" && !strings.HasSuffix(f, "_test.go") {
			assert.True(t, named[f], "doc.go does not name %s", f)
		}
	}
}
