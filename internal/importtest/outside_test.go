package importtest

import (
	"fmt"
	"go/ast"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// use is a place that reads bytes from outside, or connects, without a limit or a deadline.
type use struct {
	file     string
	function string // that encloses it; "" outside of functions
	line     int
	name     string // of what is used, by the path of its package
	instead  string // what to do
}

func (u use) String() string { return fmt.Sprintf("%s:%d: %s: %s", u.file, u.line, u.name, u.instead) }

// review is a use that is allowed, and why.
type review struct{ file, function, name, reason string }

// outsider finds the uses in a file. It knows packages by their imports and nothing of
// types, so a local variable with the name of an imported package could mislead it.
type outsider struct {
	source
	packages map[string]string // paths by the names in this file
	function string
	found    []use
}

func uses(s source) []use {
	o := &outsider{source: s, packages: map[string]string{}}
	for i, imported := range s.imports() {
		name := path.Base(imported)
		if as := s.file.Imports[i].Name; as != nil {
			name = as.Name
		}
		o.packages[name] = imported
	}
	for _, d := range s.file.Decls {
		o.function = ""
		if f, ok := d.(*ast.FuncDecl); ok {
			o.function = f.Name.Name
		}
		ast.Inspect(d, o.visit)
	}
	return o.found
}

// visit notes the uses of a node and reports whether its children are to be visited.
func (o *outsider) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.CallExpr:
		return o.call(n)
	case *ast.CompositeLit:
		o.literal(n)
	case *ast.ValueSpec:
		if n.Values == nil {
			o.zero(n.Type)
		}
	case *ast.SelectorExpr:
		name := o.name(n)
		if instead, ok := refused[name]; ok {
			o.add(n, name, instead)
		} else if _, ok := readers[name]; ok { // a function that is passed on
			o.add(n, name, "call it with a reader of "+strings.Join(limited, ", "))
		}
	}
	return true
}

// call checks the argument that a call reads, and the type that new makes.
func (o *outsider) call(n *ast.CallExpr) bool {
	if f, ok := n.Fun.(*ast.Ident); ok && f.Name == "new" && len(n.Args) == 1 {
		o.zero(n.Args[0])
	}
	name := o.name(n.Fun)
	if method, ok := n.Fun.(*ast.SelectorExpr); ok && name == "" && method.Sel.Name == "ReadFrom" && len(n.Args) == 1 {
		name = method.Sel.Name
	}
	argument, ok := readers[name]
	if !ok {
		return true
	}
	from, ok := n.Args[argument].(*ast.CallExpr)
	if !ok || !slices.Contains(limited, o.name(from.Fun)) {
		o.add(n, name, fmt.Sprintf("pass it a reader of %s, and refuse what is longer", strings.Join(limited, ", ")))
	}
	for _, a := range n.Args { // the function itself has been checked
		ast.Inspect(a, o.visit)
	}
	return false
}

// literal checks that a literal sets the fields that its type needs.
func (o *outsider) literal(n *ast.CompositeLit) {
	set := map[string]bool{}
	for _, e := range n.Elts {
		if pair, ok := e.(*ast.KeyValueExpr); ok {
			if key, ok := pair.Key.(*ast.Ident); ok {
				set[key.Name] = true
			}
		}
	}
	name := o.name(n.Type)
	var missing []string
	for _, field := range fields[name] {
		if !slices.ContainsFunc(strings.Split(field, "|"), func(f string) bool { return set[f] }) {
			missing = append(missing, field)
		}
	}
	if len(missing) > 0 {
		o.add(n, name, "set "+strings.Join(missing, ", "))
	}
}

// zero checks a type whose zero value is used.
func (o *outsider) zero(t ast.Expr) {
	name := o.name(t)
	if needed, ok := fields[name]; ok {
		o.add(t, name, "the zero value waits without end; write a literal that sets "+strings.Join(needed, ", "))
	}
}

// name returns an identifier of another package as its path and name, or "".
func (o *outsider) name(e ast.Expr) string {
	s, ok := e.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	of, ok := s.X.(*ast.Ident)
	if !ok || o.packages[of.Name] == "" {
		return ""
	}
	return o.packages[of.Name] + "." + s.Sel.Name
}

func (o *outsider) add(n ast.Node, name, instead string) {
	o.found = append(o.found, use{o.source.name, o.function, o.positions.Position(n.Pos()).Line, name, instead})
}

// unreviewed returns the uses in files without those that were reviewed, and the reviews
// without a use.
func unreviewed(files []source, list []review) (found []use, stale []review) {
	stale = slices.Clone(list)
	for _, s := range files {
		if s.test || within(s.folder, forTests) {
			continue
		}
		for _, u := range uses(s) {
			i := slices.IndexFunc(stale, func(r review) bool { return r.file == u.file && r.function == u.function && r.name == u.name })
			if i < 0 {
				found = append(found, u)
				continue
			}
			stale = slices.Delete(stale, i, i+1)
		}
	}
	return found, stale
}

func TestEveryReaderOfOutsideBytesHasALimitAndADeadline(t *testing.T) {
	files := sources(t)
	found, stale := unreviewed(files, reviewed)
	for _, u := range found {
		t.Error(u)
	}
	for _, r := range stale {
		t.Errorf("%s: %s no longer uses %s: remove the review", r.file, r.function, r.name)
	}
	for _, s := range files {
		for _, imported := range s.imports() {
			if own, ok := strings.CutPrefix(imported, module); ok && within(own, forTests) && !s.test && !within(s.folder, forTests) {
				t.Errorf("%s imports %s, which is for tests only", s.name, own)
			}
		}
	}
	for _, r := range reviewed {
		require.NotEmpty(t, r.reason, r.file)
	}
}

// wanted is how a file of testdata says that its line has a use.
var wanted = regexp.MustCompile(`// want (\S+)$`)

func TestEveryKindOfUnboundedReaderIsFound(t *testing.T) {
	want := map[string]bool{} // "file:line: name"
	var files []source
	tree := os.DirFS("testdata/outside")
	require.NoError(t, fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		name = strings.TrimSuffix(name, ".txt") // by which compilers and linters pass over the file
		for i, line := range strings.Split(string(text), "\n") {
			if m := wanted.FindStringSubmatch(line); m != nil {
				want[fmt.Sprintf("%s:%d: %s", name, i+1, m[1])] = true
			}
		}
		file, err := parse(name, string(text))
		files = append(files, file)
		return err
	}))
	allowed := review{"readers.go", "reviewedOnce", "io.ReadAll", "a test"}
	removed := review{"readers.go", "gone", "io.ReadAll", "a test"}
	found, stale := unreviewed(files, []review{allowed, removed})
	got := map[string]bool{}
	kinds := map[string]bool{}
	for _, u := range found {
		got[u.file+":"+strconv.Itoa(u.line)+": "+u.name] = true
		kinds[u.name] = true
		require.NotEmpty(t, u.instead)
	}
	require.Equal(t, want, got)
	require.Equal(t, []review{removed}, stale, "a review stands for one use, and needs one")
	for kind := range readers {
		require.True(t, kinds[kind], "testdata has no %s", kind)
	}
	for kind := range refused {
		require.True(t, kinds[kind], "testdata has no %s", kind)
	}
	for kind := range fields {
		require.True(t, kinds[kind], "testdata has no %s", kind)
	}
}
