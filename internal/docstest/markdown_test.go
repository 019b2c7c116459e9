package docstest_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// root is the folder of the repository.
const root = "../.."

// page is one Markdown file.
type page struct {
	name     string // its path from the root, with slashes
	lines    []string
	blocks   []block
	prose    string // all lines outside of blocks
	headings []string
}

// block is a fenced code block.
type block struct {
	page     string
	line     int // of its fence, from 1 on
	language string
	flags    []string          // words of the info string without "="
	options  map[string]string // words NAME=VALUE of the info string
	text     string
}

func (b block) place() string { return fmt.Sprintf("%s:%d", b.page, b.line) }

func (b block) is(flag string) bool { return slices.Contains(b.flags, flag) }

// runs reports whether the block is a part of the page's session.
func (b block) runs() bool { return b.options["needs"] == "" }

// skipped are folders that hold no documentation of this repository.
var skipped = []string{".git", ".aws-sam", "bin", "data", "node_modules", "testdata"}

// pages reads all Markdown files.
func pages(t *testing.T) []page {
	t.Helper()
	out, err := readPages()
	require.NoError(t, err)
	require.NotEmpty(t, out)
	return out
}

// readPages reads all pages, once for all tests.
var readPages = sync.OnceValues(func() ([]page, error) {
	var out []page
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains(skipped, entry.Name()):
			return fs.SkipDir
		case entry.IsDir() || filepath.Ext(path) != ".md":
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		p, err := readPage(filepath.ToSlash(name), string(text))
		out = append(out, p)
		return err
	})
	return out, err
})

var (
	fence   = regexp.MustCompile("^( *)```(.*)$")
	heading = regexp.MustCompile(`^#{1,6} +(.*?) *$`)
)

// readPage splits a file into prose and blocks.
func readPage(name, text string) (page, error) {
	p := page{name: name, lines: strings.Split(strings.TrimSuffix(text, "\n"), "\n")}
	var prose, code []string
	var open *block
	indent := ""
	for i, line := range p.lines {
		found := fence.FindStringSubmatch(line)
		switch {
		case open == nil && found != nil:
			b := newBlock(name, i+1, found[2])
			open, indent, code = &b, found[1], nil
		case open == nil:
			prose = append(prose, line)
			if h := heading.FindStringSubmatch(line); h != nil {
				p.headings = append(p.headings, h[1])
			}
		case found != nil && found[2] == "":
			open.text = strings.Join(code, "\n") + "\n"
			p.blocks = append(p.blocks, *open)
			open = nil
		default:
			code = append(code, strings.TrimPrefix(line, indent))
		}
	}
	p.prose = strings.Join(prose, "\n")
	if open != nil {
		return p, fmt.Errorf("%s: the code block is not closed", open.place())
	}
	return p, nil
}

// newBlock reads an info string: a language, and words for this test.
func newBlock(name string, line int, info string) block {
	b := block{page: name, line: line, options: map[string]string{}}
	for i, word := range strings.Fields(info) {
		key, value, isOption := strings.Cut(word, "=")
		switch {
		case i == 0:
			b.language = word
		case isOption:
			b.options[key] = value
		default:
			b.flags = append(b.flags, word)
		}
	}
	return b
}

var punctuation = regexp.MustCompile(`[^\p{L}\p{N}\p{M}_ -]`)

// anchors returns the fragments under which GitHub shows the headings of a page.
func (p page) anchors() []string {
	var out []string
	seen := map[string]int{}
	for _, h := range p.headings {
		slug := strings.ReplaceAll(punctuation.ReplaceAllString(strings.ToLower(h), ""), " ", "-")
		if n := seen[slug]; n > 0 {
			out = append(out, fmt.Sprintf("%s-%d", slug, n))
		} else {
			out = append(out, slug)
		}
		seen[slug]++
	}
	return out
}

var (
	codeSpan = regexp.MustCompile("`[^`\n]+`")
	linkTo   = regexp.MustCompile(`\]\(([^)\s]+)\)`)
)

// links returns the targets of a page's links and pictures.
func (p page) links() []string {
	var out []string
	for _, found := range linkTo.FindAllStringSubmatch(codeSpan.ReplaceAllString(p.prose, "`"), -1) {
		out = append(out, found[1])
	}
	return out
}

// spans returns the texts of a page's inline code.
func (p page) spans() []string {
	var out []string
	for _, span := range codeSpan.FindAllString(p.prose, -1) {
		out = append(out, strings.Trim(span, "`"))
	}
	return out
}
