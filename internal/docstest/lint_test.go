package docstest_test

import (
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	maxColumns     = 140
	maxREADMELines = 130
	maxPicture     = 200_000 // bytes
)

func TestLinesOfMarkdownAreShort(t *testing.T) {
	t.Parallel()
	for _, p := range pages(t) {
		for i, line := range p.lines {
			assert.LessOrEqual(t, utf8.RuneCountInString(line), maxColumns, "%s:%d", p.name, i+1)
		}
		if p.name == "README.md" {
			assert.LessOrEqual(t, len(p.lines), maxREADMELines, "the README is a front door; docs/ has room")
		}
	}
}

func TestBlocksSayOnlyWhatTheTestKnows(t *testing.T) {
	t.Parallel()
	known := map[string][]string{
		"sh": {"background", "copy"}, "console": nil, "json": {"config", "warns"}, "csv": nil, "mermaid": nil, "": nil,
	}
	for _, p := range pages(t) {
		for _, b := range p.blocks {
			flags, ok := known[b.language]
			assert.True(t, ok, "%s: the language %q", b.place(), b.language)
			for _, flag := range b.flags {
				assert.Contains(t, flags, flag, b.place())
			}
			for option := range b.options {
				assert.Contains(t, []string{"needs", "file"}, option, b.place())
			}
		}
	}
}

func TestEveryLinkLeadsSomewhere(t *testing.T) {
	t.Parallel()
	all := pages(t)
	for _, p := range all {
		for _, link := range p.links() {
			target, err := url.Parse(link)
			require.NoError(t, err, "%s: %s", p.name, link)
			if target.Scheme != "" {
				assert.Equal(t, "https", target.Scheme, "%s: %s", p.name, link)
				continue
			}
			name := p.name
			if target.Path != "" {
				name = path.Join(path.Dir(p.name), target.Path)
				_, err := os.Stat(filepath.Join(root, name))
				require.NoError(t, err, "%s: %s", p.name, link)
			}
			if target.Fragment == "" {
				continue
			}
			i := slices.IndexFunc(all, func(other page) bool { return other.name == name })
			require.GreaterOrEqual(t, i, 0, "%s: %s: an anchor is expected in a page", p.name, link)
			assert.Contains(t, all[i].anchors(), target.Fragment, "%s: %s", p.name, link)
		}
	}
}

func TestPicturesAreSmall(t *testing.T) {
	t.Parallel()
	found, err := filepath.Glob(filepath.Join(root, "docs", "*.png"))
	require.NoError(t, err)
	require.NotEmpty(t, found)
	for _, picture := range found {
		info, err := os.Stat(picture)
		require.NoError(t, err)
		assert.LessOrEqual(t, info.Size(), int64(maxPicture), picture)
	}
}

func TestEveryPageIsReachedFromTheREADME(t *testing.T) {
	t.Parallel()
	all := pages(t)
	reached := map[string]bool{"README.md": true}
	for queue := []string{"README.md"}; len(queue) > 0; queue = queue[1:] {
		i := slices.IndexFunc(all, func(p page) bool { return p.name == queue[0] })
		if i < 0 {
			continue // no Markdown
		}
		for _, link := range all[i].links() {
			file, _, _ := strings.Cut(link, "#")
			name := path.Join(path.Dir(queue[0]), file)
			if file != "" && !strings.Contains(file, ":") && !reached[name] {
				reached[name] = true
				queue = append(queue, name)
			}
		}
	}
	for _, p := range all {
		assert.True(t, reached[p.name], "no link leads to %s", p.name)
	}
}

func TestEveryGuideSaysWhatItIsFor(t *testing.T) {
	t.Parallel()
	for _, p := range pages(t) {
		if path.Dir(p.name) != "docs" {
			continue
		}
		require.Greater(t, len(p.lines), 2, p.name)
		assert.True(t, strings.HasPrefix(p.lines[2], "After reading this page you "), "%s: %s", p.name, p.lines[2])
	}
}

func TestTheTreeNamesEveryPackage(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, "docs", "architecture.md"))
	require.NoError(t, err)
	named := wordsOf(string(text))
	for _, file := range goFiles(t) {
		assert.True(t, named[filepath.Base(filepath.Dir(file))], "docs/architecture.md: the tree lacks %s", filepath.Dir(file))
	}
}

// whereRow is a row of the table "Where a thing happens".
var whereRow = regexp.MustCompile("(?m)^\\| .* \\| \\[(internal/[a-z_./]+)\\]\\(\\.\\./[^)]+\\) \\| `([A-Za-z]+)` \\|$")

func TestTheTableOfPlacesNamesWhatIsThere(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, "docs", "architecture.md"))
	require.NoError(t, err)
	rows := whereRow.FindAllStringSubmatch(string(text), -1)
	require.Greater(t, len(rows), 20)
	for _, row := range rows {
		code, err := os.ReadFile(filepath.Join(root, row[1]))
		require.NoError(t, err)
		assert.Regexp(t, `\b`+row[2]+`\b`, string(code), row[1])
	}
}

var ownVariable = regexp.MustCompile(`"(AITRADER_[A-Z_]+)"|env:"(AITRADER_[A-Z_]+)"`)

func TestEveryEnvironmentVariableIsDocumented(t *testing.T) {
	t.Parallel()
	explained := wordsOf(everything(t))
	found := 0
	for _, file := range goFiles(t) {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		code, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, m := range ownVariable.FindAllStringSubmatch(string(code), -1) {
			found++
			name := m[1] + m[2]
			assert.True(t, explained[name], "no page explains %s, which %s reads", name, file)
		}
	}
	assert.NotZero(t, found)
}

var word = regexp.MustCompile(`\w+`)

// wordsOf returns the words of a text.
func wordsOf(text string) map[string]bool {
	out := map[string]bool{}
	for _, w := range word.FindAllString(text, -1) {
		out[w] = true
	}
	return out
}

// goFiles lists the Go files of the programs and packages.
func goFiles(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, dir := range []string{"cmd", "functions", "internal"} {
		for depth := range 5 {
			found, err := filepath.Glob(filepath.Join(root, dir, strings.Repeat("*/", depth), "*.go"))
			require.NoError(t, err)
			out = append(out, found...)
		}
	}
	require.NotEmpty(t, out)
	return out
}
