package web

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// luminance is the relative luminance of WCAG 2.2.
func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	rgb, err := strconv.ParseUint(strings.TrimPrefix(colour, "#"), 16, 32)
	require.NoError(t, err, colour)
	linear := func(channel uint64) float64 {
		c := float64(channel) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(rgb>>16&255) + 0.7152*linear(rgb>>8&255) + 0.0722*linear(rgb&255)
}

// WCAG AA requires a contrast of 4.5 to 1 for all text, in light and in dark.
func TestContrast(t *testing.T) {
	text, err := files.ReadFile("page/style.css")
	require.NoError(t, err)
	blocks := regexp.MustCompile(`(?s):root \{(.*?)\}`).FindAllStringSubmatch(string(text), -1)
	require.Len(t, blocks, 2, "light and dark")
	for _, block := range blocks {
		colours := map[string]float64{}
		for _, m := range regexp.MustCompile(`--(\w+): (#\w{6});`).FindAllStringSubmatch(block[1], -1) {
			colours[m[1]] = luminance(t, m[2])
		}
		for _, front := range []string{"ink", "quiet", "link", "good", "bad", "warn"} {
			for _, back := range []string{"ground", "raised"} {
				bright, dark := max(colours[front], colours[back]), min(colours[front], colours[back])
				assert.GreaterOrEqual(t, (bright+0.05)/(dark+0.05), 4.5, "%s on %s", front, back)
			}
		}
	}
}

func TestFiles(t *testing.T) {
	all, err := Files()
	require.NoError(t, err)
	types := map[string]string{}
	for _, f := range all {
		types[f.Path] = f.Type
		assert.NotContains(t, string(f.Body), "innerHTML", f.Path)
		// But www.w3.org, which is a name and not asked for.
		assert.NotRegexp(t, `https?://(?:[^w]|w[^w])`, string(f.Body), "%s names another host", f.Path)
		if strings.HasSuffix(f.Path, ".js") {
			assert.True(t, strings.HasPrefix(string(f.Body), "// @ts-check\n"), "the types of %s are checked", f.Path)
		}
		assert.Regexp(t, `^/(\{\$\}|page/\w+\.(js|css))$`, f.Path, "the page is embedded, and nothing else")
	}
	assert.Equal(t, "text/html; charset=utf-8", types["/{$}"])
	assert.Equal(t, "text/css; charset=utf-8", types["/page/style.css"])
	assert.Equal(t, "text/javascript; charset=utf-8", types["/page/app.js"])
}
