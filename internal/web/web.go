// Package web is the page for people: the board, the curves, the models and their
// days, jobs, and prices. It is plain HTML, CSS and JavaScript modules, as they are
// in the folder page: nothing builds them, and they ask no other host for anything.
// All that it shows comes from the HTTP API.
package web

import (
	"embed"
	"io/fs"
	"path"
)

//go:embed page
var files embed.FS

// File is a part of the page.
type File struct {
	Path string // as a browser asks for it
	Type string // its Content-Type
	Body []byte
}

// Policy is the Content-Security-Policy of all files: scripts, styles and data from
// this host only, and none in the page itself.
const Policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Files lists the parts of the page, which begins with /.
func Files() ([]File, error) {
	var out []File
	err := fs.WalkDir(files, "page", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		out = append(out, File{Path: address(name), Type: contentType(name), Body: body})
		return nil
	})
	return out, err
}

func address(name string) string {
	if path.Base(name) == "index.html" {
		return "/{$}"
	}
	return "/" + name
}

// contentType does not ask the system, which may know other types.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	}
	return "text/html; charset=utf-8"
}
