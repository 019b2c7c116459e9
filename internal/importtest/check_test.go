package importtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

const (
	module = "aitrader/"
	domain = "internal/sim"
)

// source is a Go file of this repository.
type source struct {
	name   string // path from the root
	folder string
	test   bool
	lines  int
	file   *ast.File

	positions *token.FileSet
}

func parse(name, text string) (source, error) {
	positions := token.NewFileSet()
	file, err := parser.ParseFile(positions, name, text, parser.SkipObjectResolution|parser.ParseComments)
	return source{
		name:   name,
		folder: path.Dir(name),
		test:   strings.HasSuffix(name, "_test.go"),
		lines:  strings.Count(text, "\n"),
		file:   file,

		positions: positions,
	}, err
}

// imports returns the paths that the file imports.
func (s source) imports() []string {
	var out []string
	for _, spec := range s.file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			panic(err) // the parser has accepted it
		}
		out = append(out, imported)
	}
	return out
}

// check returns what is wrong with one file.
func check(s source) []string {
	var wrong []string
	report := func(format string, args ...any) {
		wrong = append(wrong, s.name+": "+fmt.Sprintf(format, args...))
	}
	if name := strings.TrimSuffix(s.file.Name.Name, "_test"); slices.Contains(badNames, name) {
		report("a package named %s says nothing; name it after what it does", name)
	}
	if s.lines > maxFile {
		report("%d lines; at most %d are allowed: split it by purpose", s.lines, maxFile)
	}
	for _, imported := range s.imports() {
		if reason := refuse(s.folder, s.test, imported); reason != "" {
			report("imports %s: %s", imported, reason)
		}
	}
	if !s.test {
		for _, name := range constants(s.file) {
			if slices.ContainsFunc(badPrefixes, func(prefix string) bool { return strings.HasPrefix(name, prefix) }) {
				report("constant %s: the name of a bound begins with max or min", name)
			}
		}
	}
	if s.folder == domain && !s.test {
		for _, call := range clockCalls(s.file) {
			report("uses time.%s: the domain has no clock, pass it the time", call)
		}
	}
	if path.Dir(s.folder) == "functions" && path.Base(s.name) == "main.go" {
		checkMain(s, report)
	}
	return wrong
}

// constants returns the names of the constants of the package.
func constants(file *ast.File) []string {
	var names []string
	for _, d := range file.Decls {
		group, ok := d.(*ast.GenDecl)
		if !ok || group.Tok != token.CONST {
			continue
		}
		for _, spec := range group.Specs {
			for _, name := range spec.(*ast.ValueSpec).Names {
				names = append(names, name.Name)
			}
		}
	}
	return names
}

// checkMain reports a function on AWS Lambda that does more than wire: its code
// runs in no test but those of the compiled function.
func checkMain(s source, report func(format string, args ...any)) {
	if s.lines > maxMain {
		report("%d lines; at most %d are allowed: main only wires", s.lines, maxMain)
	}
	for _, d := range s.file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name != "main" {
			report("declares func %s; only main is allowed: put logic into a package", f.Name.Name)
		}
	}
}

// refuse returns why a file in folder may not import a package, or "".
func refuse(folder string, test bool, imported string) string {
	if own, ok := strings.CutPrefix(imported, module); ok {
		if test {
			return ""
		}
		return refuseOwn(folder, own)
	}
	if first, _, _ := strings.Cut(imported, "/"); !strings.Contains(first, ".") {
		if folder == domain && !test && within(imported, []string{"database", "log", "net", "os", "syscall"}) {
			return "the domain does no I/O"
		}
		return ""
	}
	for prefix, only := range libraries {
		if strings.HasPrefix(imported, prefix) && !within(folder, only) {
			return "only allowed in " + strings.Join(only, ", ")
		}
	}
	if slices.ContainsFunc(testLibraries, func(l string) bool { return strings.HasPrefix(imported, l) }) {
		if !test && !within(folder, suites) {
			return "only allowed in tests"
		}
		return ""
	}
	if folder == domain && !test {
		return "the domain imports no library"
	}
	return ""
}

// refuseOwn returns why a package may not import another one of this repository,
// or "".
func refuseOwn(folder, imported string) string {
	switch {
	case within(folder, joiners), slices.Contains(ground, imported):
		return ""
	case within(imported, joiners):
		return "only " + strings.Join(joiners, ", ") + " may import it"
	case slices.Contains(ground, folder):
		return "the ground floor imports only the standard library and itself"
	case imported == domain, slices.Contains(rooms[folder], imported):
		return ""
	}
	return "the table of rooms does not allow it; connect the two in internal/app, through an interface or types of sim"
}

// within reports whether a folder is one of the others or lies in one.
func within(folder string, others []string) bool {
	return slices.ContainsFunc(others, func(o string) bool { return folder == o || strings.HasPrefix(folder, o+"/") })
}

// clockCalls returns the functions of package time that a file uses and that read
// the clock or wait.
func clockCalls(file *ast.File) []string {
	clock := []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}
	var out []string
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && slices.Contains(clock, s.Sel.Name) {
			if x, ok := s.X.(*ast.Ident); ok && x.Name == "time" {
				out = append(out, s.Sel.Name)
			}
		}
		return true
	})
	return out
}

// checkAll returns what is wrong with the files as a whole.
func checkAll(files []source) []string {
	var wrong []string
	folders := map[string][]string{} // by package name, without a plural s
	commented := map[string]bool{}
	wired := 0
	for _, s := range files {
		if s.test {
			continue
		}
		if within(s.folder, []string{"internal/app"}) {
			wired += s.lines
		}
		if _, seen := commented[s.folder]; !seen && s.file.Name.Name != "main" {
			alike := strings.TrimSuffix(s.file.Name.Name, "s")
			folders[alike] = append(folders[alike], s.folder)
		}
		commented[s.folder] = commented[s.folder] || s.file.Doc != nil
	}
	if wired > maxWired {
		wrong = append(wrong, fmt.Sprintf("internal/app: %d lines; at most %d are allowed: it only wires", wired, maxWired))
	}
	for _, folder := range slices.Sorted(maps.Keys(commented)) {
		if !commented[folder] {
			wrong = append(wrong, folder+": no file has a package comment")
		}
	}
	for _, alike := range slices.Sorted(maps.Keys(folders)) {
		if same := folders[alike]; len(same) > 1 {
			wrong = append(wrong, strings.Join(same, ", ")+": packages with the same name")
		}
	}
	return wrong
}

// stale returns the entries of the table that no file needs.
func stale(files []source) []string {
	used := map[string]bool{} // folders, and "folder imported"
	for _, s := range files {
		for folder := s.folder; folder != "."; folder = path.Dir(folder) {
			used[folder] = true
		}
		for _, imported := range s.imports() {
			if !s.test {
				used[s.folder+" "+strings.TrimPrefix(imported, module)] = true
			}
		}
	}
	var out []string
	unused := func(key, message string) {
		if !used[key] {
			out = append(out, message)
		}
	}
	for _, folder := range slices.Concat(ground, joiners, suites, slices.Concat(slices.Collect(maps.Values(libraries))...)) {
		unused(folder, folder+": no such folder")
	}
	for folder, imports := range rooms {
		for _, imported := range imports {
			unused(folder+" "+imported, folder+" does not import "+imported)
		}
	}
	slices.Sort(out)
	return out
}
