// Package realdata finds the files of real prices, news and runs with which some
// tests compare. They are not part of the repository: they lie in the folder that
// AITRADER_TEST_DATA names, or else in ../shared/data beside the repository. Where
// they are missing, their tests are skipped. Only tests import this package.
package realdata

import (
	"os"
	"path/filepath"
	"testing"
)

// Variable is the environment variable that names the folder.
const Variable = "AITRADER_TEST_DATA"

// Path returns the path of a file or folder, named from the top of the data with
// slashes, and skips the test where it does not exist.
func Path(t testing.TB, name string) string {
	t.Helper()
	path, ok := Find(t, name)
	if !ok {
		t.Skipf("the real data is not here (%s can name its folder): %s does not exist", Variable, path)
	}
	return path
}

// Find is Path for tests that have something else to work with: ok is false where
// the file or folder does not exist.
func Find(t testing.TB, name string) (path string, ok bool) {
	t.Helper()
	folder := os.Getenv(Variable)
	if folder == "" {
		folder = filepath.Join(repository(t), "..", "shared", "data")
	}
	path = filepath.Join(folder, filepath.FromSlash(name))
	_, err := os.Stat(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return path, err == nil
}

// Open opens a file, which is closed at the end of the test, and skips the test where
// it does not exist.
func Open(t testing.TB, name string) *os.File {
	t.Helper()
	file, err := os.Open(Path(t, name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	})
	return file
}

// Read returns the content of a file, and skips the test where it does not exist.
func Read(t testing.TB, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(Path(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// repository returns the folder of go.mod: a test runs in the folder of its package.
func repository(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
}
