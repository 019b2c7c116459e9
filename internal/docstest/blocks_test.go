//go:build unix

package docstest_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// json checks a JSON block: a configuration by the program's own check, when the
// script has come to it, and everything else by its form.
func (s *session) json(i int, b block) {
	s.Helper()
	require.True(s, json.Valid([]byte(b.text)), "%s: not JSON", b.place())
	if !b.is("config") {
		return
	}
	file := b.options["file"]
	if file == "" { // a fragment: the rest of a configuration is a model
		file = fmt.Sprintf("configs/block-%d.json", i)
		var parts map[string]json.RawMessage
		require.NoError(s, json.Unmarshal([]byte(b.text), &parts), b.place())
		if parts["models"] == nil {
			parts["models"] = json.RawMessage(`[{"signature": "idle", "basemodel": "builtin/cash"}]`)
		}
		whole, err := json.Marshal(parts)
		require.NoError(s, err)
		s.put(i, file, string(whole))
	}
	out := fmt.Sprintf(".checked-%d", i)
	fmt.Fprintf(&s.script, "bin/aitrader --json config check %q >%s\n", file, out)
	s.checks = append(s.checks, func() {
		answer, err := os.ReadFile(filepath.Join(s.dir, out))
		require.NoError(s, err)
		var checked struct{ Warnings []json.RawMessage }
		require.NoError(s, json.Unmarshal(answer, &checked))
		assert.Equal(s, b.is("warns"), len(checked.Warnings) > 0, "%s: %s", b.place(), answer)
	})
}

// inCopy runs a block in a copy of the repository whose module has another path
// afterwards, and checks that every import is still found.
func (s *session) inCopy(b block) {
	s.Helper()
	copied := filepath.Join(s.dir, "copy")
	for _, dir := range []string{"cmd", "functions", "internal"} {
		require.NoError(s, os.CopyFS(filepath.Join(copied, dir), os.DirFS(filepath.Join(root, dir))))
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(root, name))
		require.NoError(s, err)
		require.NoError(s, os.WriteFile(filepath.Join(copied, name), text, 0o600))
	}
	const check = "go list -deps -test ./... >../.listed\n! grep '^aitrader' ../.listed\n"
	fmt.Fprintf(&s.script, "pushd copy >/dev/null\n%s%spopd >/dev/null\n", b.text, check)
	s.works = true
}

func TestBlocksThatCannotRunAreSound(t *testing.T) {
	t.Parallel()
	for _, p := range pages(t) {
		for _, b := range p.blocks {
			if b.language != "sh" || b.runs() {
				continue
			}
			out, err := exec.Command("bash", "-n", "-c", b.text).CombinedOutput()
			require.NoError(t, err, "%s: %s", b.place(), out)
			for _, words := range commandsOf(b.text) {
				checkCommand(t, b.place(), words)
			}
		}
		for _, span := range p.spans() {
			for _, words := range commandsOf(span) {
				checkCommand(t, p.name, words)
			}
		}
	}
}

// splitter splits a script into simple commands of words.
type splitter struct {
	commands [][]string
	words    []string // of the command so far
	word     strings.Builder
	inWord   bool
}

func (s *splitter) endWord() {
	if s.inWord {
		s.words = append(s.words, s.word.String())
	}
	s.word.Reset()
	s.inWord = false
}

func (s *splitter) endCommand() {
	s.endWord()
	if len(s.words) > 0 {
		s.commands = append(s.commands, s.words)
	}
	s.words = nil
}

// commandsOf splits a script. It knows quotes, comments and what separates
// commands, and takes the rest as text.
func commandsOf(script string) [][]string {
	var s splitter
	quote, comment := rune(0), false
	for _, r := range strings.ReplaceAll(script, "\\\n", " ") + "\n" {
		switch {
		case comment && r != '\n':
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			s.word.WriteRune(r)
		case r == '\'' || r == '"':
			quote, s.inWord = r, true
		case r == '#' && !s.inWord:
			comment = true
		case r == '\n' || strings.ContainsRune(";|&()<>", r):
			comment = false
			s.endCommand()
		case r == ' ' || r == '\t':
			s.endWord()
		default:
			s.inWord = true
			s.word.WriteRune(r)
		}
	}
	return s.commands
}

var assignment = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*=`)

// checkCommand checks the commands whose words are known here: those of the
// program, also within a container, and the targets of make.
func checkCommand(t *testing.T, place string, words []string) {
	t.Helper()
	for len(words) > 0 && (words[0] == "export" || assignment.MatchString(words[0])) {
		words = words[1:]
	}
	if len(words) == 0 {
		return
	}
	if i := slices.Index(words, "batch"); words[0] == "docker" && i >= 0 {
		words = append([]string{"aitrader"}, words[i+1:]...)
	}
	switch filepath.Base(words[0]) {
	case "aitrader":
		checkProgram(t, place, words[1:])
	case "make":
		for _, target := range words[1:] {
			if !strings.HasPrefix(target, "-") && !assignment.MatchString(target) {
				assert.Contains(t, targets(t), target, "%s: make %s", place, target)
			}
		}
	}
}

var target = regexp.MustCompile(`(?m)^([a-z][a-z-]*):.* ## `)

// targets lists the targets of the Makefile that `make help` shows.
func targets(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "Makefile"))
	require.NoError(t, err)
	var out []string
	for _, m := range target.FindAllStringSubmatch(string(text), -1) {
		out = append(out, m[1])
	}
	return out
}

// checkProgram checks that the command and its flags exist.
func checkProgram(t *testing.T, place string, words []string) {
	t.Helper()
	var path []string
	for skip := false; len(words) > 0; words = words[1:] {
		switch {
		case skip:
			skip = false
		case strings.HasPrefix(words[0], "-"):
			skip = checkFlag(t, place, path, words[0])
		case known(t, append(slices.Clone(path), words[0])):
			path = append(path, words[0])
		case !slices.Contains(leaves(t), strings.Join(path, " ")):
			assert.Fail(t, "no such command", "%s: aitrader %s", place, strings.Join(append(path, words...), " "))
			return
		}
	}
}

// checkFlag checks that a command has a flag, and reports whether its value is the
// next word.
func checkFlag(t *testing.T, place string, path []string, word string) (valueFollows bool) {
	t.Helper()
	name, _, hasValue := strings.Cut(word, "=")
	found := regexp.MustCompile(`(?m)(?:^|[ ,])` + regexp.QuoteMeta(name) + `(=|[ ,\n])`).FindStringSubmatch(help(t, path...))
	if !assert.NotNil(t, found, "%s: aitrader %s has no flag %s", place, strings.Join(path, " "), name) {
		return false
	}
	return !hasValue && found[1] == "=" || name == "-o"
}

var helps sync.Map // texts by command

// help returns what a command says about itself.
func help(t *testing.T, path ...string) string {
	t.Helper()
	key := strings.Join(path, " ")
	if text, ok := helps.Load(key); ok {
		return text.(string)
	}
	out, err := exec.Command(binary, append(slices.Clone(path), "--help")...).CombinedOutput()
	require.NoError(t, err, "aitrader %s --help: %s", key, out)
	helps.Store(key, string(out))
	return string(out)
}

var listed = regexp.MustCompile(`(?m)^  ([a-z]+(?: [a-z]+)*)(?: [^a-z].*)?$`)

var (
	leavesOnce sync.Once
	allLeaves  []string
)

// leaves lists the commands that do something, as "prices import".
func leaves(t *testing.T) []string {
	t.Helper()
	leavesOnce.Do(func() {
		_, list, ok := strings.Cut(help(t), "Commands:\n")
		require.True(t, ok)
		for _, m := range listed.FindAllStringSubmatch(list, -1) {
			allLeaves = append(allLeaves, m[1])
		}
	})
	require.NotEmpty(t, allLeaves)
	return allLeaves
}

// known reports whether words are a command, or the beginning of one.
func known(t *testing.T, path []string) bool {
	t.Helper()
	key := strings.Join(path, " ")
	return slices.ContainsFunc(leaves(t), func(leaf string) bool { return leaf == key || strings.HasPrefix(leaf, key+" ") })
}

var (
	madeTarget = regexp.MustCompile(`\bmake ([a-z-]+)`)
	ofProgram  = regexp.MustCompile(`\baitrader `)
)

func TestEveryCommandIsDocumented(t *testing.T) {
	t.Parallel()
	text := everything(t)
	made := map[string]bool{}
	for _, m := range madeTarget.FindAllStringSubmatch(text, -1) {
		made[m[1]] = true
	}
	for _, target := range targets(t) {
		assert.True(t, made[target], "no page uses make %s", target)
	}
	calls := ofProgram.Split(text, -1)[1:] // each begins with the flags or the command of a call
	for _, leaf := range leaves(t) {
		used := regexp.MustCompile(`^(?:--[a-z-]+(?:[ =][^ ]+)? )*` + leaf + `\b`)
		assert.True(t, slices.ContainsFunc(calls, used.MatchString), "no page uses aitrader %s", leaf)
	}
}

// everything returns the text of all pages, in one line.
func everything(t *testing.T) string {
	t.Helper()
	var text strings.Builder
	for _, p := range pages(t) {
		text.WriteString(strings.Join(p.lines, " ") + " ")
	}
	return text.String()
}
