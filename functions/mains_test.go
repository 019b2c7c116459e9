package functions_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What a function does is in internal/, where it is tested without Lambda.
func TestEveryMainIsShortAndTheOnlyFunctionOfItsPackage(t *testing.T) {
	t.Parallel()
	const maxLines = 40
	files, err := filepath.Glob("*/*.go")
	require.NoError(t, err)
	require.Len(t, files, len(names))
	for _, file := range files {
		fset := token.NewFileSet()
		parsed, err := parser.ParseFile(fset, file, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		assert.LessOrEqual(t, fset.File(parsed.Pos()).LineCount(), maxLines, file)
		for _, d := range parsed.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				assert.Equal(t, "main", f.Name.Name, file)
			}
		}
	}
}
