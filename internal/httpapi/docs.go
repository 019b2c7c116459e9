package httpapi

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// mountPages serves the OpenAPI document and the page that is made from it. They
// hold no data, so they need no key.
func (s *server) mountPages() error {
	document, err := json.MarshalIndent(s.api.OpenAPI(), "", " ")
	if err != nil {
		return fmt.Errorf("write the OpenAPI document: %w", err)
	}
	page, err := docsPage(s.api.OpenAPI())
	if err != nil {
		return fmt.Errorf("write the documentation page: %w", err)
	}
	s.mux.Handle("GET /openapi.json", fixed("application/openapi+json", document))
	s.mux.Handle("GET /docs", fixed("text/html; charset=utf-8", page))
	s.mux.Handle("GET /{$}", http.RedirectHandler("/docs", http.StatusFound))
	if s.Metrics != nil {
		s.mux.Handle("GET /metrics", s.readOnly(s.Metrics))
	}
	return nil
}

// fixed serves bytes that never change.
func fixed(contentType string, body []byte) http.Handler {
	a := answer{status: http.StatusOK, header: http.Header{
		"Content-Type":            {contentType},
		"Content-Security-Policy": {"default-src 'none'; style-src 'unsafe-inline'"},
		"X-Content-Type-Options":  {"nosniff"},
	}, body: body}
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { a.write(w) })
}

// readOnly lets callers with scope read through.
func (s *server) readOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := s.authorize(r.Context(), ScopeRead); err != nil {
			fail(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

//go:embed docs.html
var docsTemplate string

// docsRoute is an operation as the page shows it.
type docsRoute struct {
	Method, Path string
	*huma.Operation
}

// docsField is a member of an object as the page shows it.
type docsField struct {
	Name, Text string
	Type       template.HTML
	Required   bool
}

// docsPage renders the OpenAPI document for people. The page asks no other host
// for anything.
func docsPage(doc *huma.OpenAPI) ([]byte, error) {
	page, err := template.New("docs").Funcs(template.FuncMap{
		"fields":     docsFields,
		"type":       docsType,
		"paragraphs": func(text string) []string { return strings.Split(text, "\n\n") },
	}).Parse(docsTemplate)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = page.Execute(&b, map[string]any{
		"Info": doc.Info, "Routes": docsRoutes(doc), "Schemas": doc.Components.Schemas.Map(),
	})
	return b.Bytes(), err
}

// docsRoutes lists the operations, those that change something first.
func docsRoutes(doc *huma.OpenAPI) []docsRoute {
	var out []docsRoute
	for path, item := range doc.Paths {
		for method, op := range map[string]*huma.Operation{http.MethodPost: item.Post, http.MethodGet: item.Get} {
			if op != nil {
				out = append(out, docsRoute{method, path, op})
			}
		}
	}
	slices.SortFunc(out, func(a, b docsRoute) int {
		if a.Method != b.Method {
			return -strings.Compare(a.Method, b.Method)
		}
		return strings.Compare(a.Path, b.Path)
	})
	return out
}

// docsFields lists the members of an object, the required ones first.
func docsFields(s *huma.Schema) []docsField {
	var names []string
	for name := range s.Properties {
		if !slices.Contains(s.Required, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var out []docsField
	for _, name := range slices.Concat(s.Required, names) {
		p := s.Properties[name]
		out = append(out, docsField{Name: name, Text: p.Description, Type: docsType(p), Required: slices.Contains(s.Required, name)})
	}
	return out
}

// docsType says in words what a value may be, with links to the objects.
func docsType(s *huma.Schema) template.HTML {
	var b strings.Builder
	switch {
	case s == nil:
		return ""
	case s.Ref != "":
		name := template.HTMLEscapeString(s.Ref[strings.LastIndex(s.Ref, "/")+1:])
		fmt.Fprintf(&b, `<a href="#%s">%s</a>`, name, name)
	case len(s.OneOf) > 0:
		for i, one := range s.OneOf {
			if i > 0 {
				b.WriteString(" or ")
			}
			b.WriteString(string(docsType(one)))
		}
	case s.Type == huma.TypeArray:
		b.WriteString("list of " + string(docsType(s.Items)))
	default:
		b.WriteString(template.HTMLEscapeString(s.Type))
	}
	if s.Format == "date" || s.Format == "date-time" {
		b.WriteString(" (" + s.Format + ")")
	}
	for i, value := range s.Enum {
		separator := " | "
		if i == 0 {
			separator = ": "
		}
		b.WriteString(separator + template.HTMLEscapeString(fmt.Sprint(value)))
	}
	if s.Nullable {
		b.WriteString(" or null")
	}
	return template.HTML(b.String()) // every part is escaped or a constant
}
