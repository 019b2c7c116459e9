package simulate

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
)

// plantedFault is the environment variable that names the fault to be made.
const plantedFault = "SIMULATE_FAULT"

// fault is a mistake in the protocol that is planted by hand: in a file, a text that
// occurs there once, in one function, becomes another one.
type fault struct {
	name, file   string
	seed         int // one that finds it; 0: unknown
	old, planted string
}

// inDefinition reports whether a fault is one of the state machine, which is read when a
// world begins.
func (f fault) inDefinition() bool { return strings.HasSuffix(f.file, ".json") }

// plantIn returns a file with faults: each function that has some begins with a copy of
// itself for each of them, which runs in its place when the fault is to be made. The name
// is that of a variable that no other file of the package has.
func plantIn(text []byte, name string, list []fault) ([]byte, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "", text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	inserted := map[int]string{ // by offset
		set.Position(file.Name.End()).Offset: "\nimport " + name + "os \"os\"\n",
	}
	for _, f := range list {
		function, err := functionAt(set, file, bytes.Index(text, []byte(f.old)), len(f.old))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
		begin, end := set.Position(function.Pos()).Offset, set.Position(function.End()).Offset
		body, err := bodyOf(strings.Replace(string(text[begin:end]), f.old, f.planted, 1))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
		if function.Type.Results == nil {
			body += "\nreturn\n"
		}
		inserted[set.Position(function.Body.Lbrace).Offset+1] += fmt.Sprintf("\nif %s == %q {%s}\n", name, f.name, body)
	}
	var out bytes.Buffer
	for i, c := range text {
		out.WriteString(inserted[i])
		out.WriteByte(c)
	}
	fmt.Fprintf(&out, "\nvar %s = %sos.Getenv(%q)\n", name, name, plantedFault)
	return out.Bytes(), nil
}

// functionAt returns the function that holds a part of a file.
func functionAt(set *token.FileSet, file *ast.File, begin, length int) (*ast.FuncDecl, error) {
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if ok && set.Position(f.Pos()).Offset <= begin && begin+length <= set.Position(f.End()).Offset {
			return f, nil
		}
	}
	return nil, fmt.Errorf("no function holds the text at %d", begin)
}

// bodyOf returns what stands between the braces of a function.
func bodyOf(function string) (string, error) {
	const head = "package p\n"
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "", head+function, parser.SkipObjectResolution)
	if err != nil {
		return "", err
	}
	body := file.Decls[0].(*ast.FuncDecl).Body
	return (head + function)[set.Position(body.Lbrace).Offset+1 : set.Position(body.Rbrace).Offset], nil
}
