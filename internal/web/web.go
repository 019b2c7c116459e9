// Package web is the service's page: the leaderboard, the models with their curves and
// days, jobs, and prices. The folder page holds its HTML, CSS and JavaScript modules as
// they are served: there is no build step, no dependency, and no request to another
// host. All data comes from the HTTP API.
//
// The tools that check the page (make page-check) and its unit tests in pagetest are
// not part of it, and not embedded.
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
	Path string // a pattern of net/http: "/{$}", "/page/app.js"
	Type string // its Content-Type
	Body []byte
}

// Policy is the Content-Security-Policy of all files: scripts, styles and data from
// this host only, and no script or style within the HTML.
const Policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
	"img-src 'self' data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Files lists the parts of the page, which starts at /.
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

// contentType does not use the mime package, whose answers depend on the machine.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	}
	return "text/html; charset=utf-8"
}
