package httpapi

import (
	"bytes"
	_ "embed"
	"fmt"
	"html"
	"maps"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

//go:embed docs.css
var docsStyle string

// docsPage renders the OpenAPI document for people. The page asks no other host
// for anything.
//
// It is written without html/template: a program that links that package keeps every
// method of every type, which makes the functions on AWS half as large again.
func docsPage(doc *huma.OpenAPI) []byte {
	p := &htmlPage{}
	p.raw(`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
`)
	p.add("<title>%s API</title>\n", doc.Info.Title)
	p.raw("<style>\n" + markup(docsStyle) + "</style>\n</head>\n<body>\n")
	p.add("<h1>%s API <small>%s</small></h1>\n", doc.Info.Title, doc.Info.Version)
	p.paragraphs(doc.Info.Description)
	p.raw("<p>For programs: <a href=\"/openapi.json\">/openapi.json</a> (OpenAPI 3.1).</p>\n<nav><ul>\n")
	routes := docsRoutes(doc)
	for _, r := range routes {
		p.add("<li><a href=\"#%s\"><code>%s %s</code></a> %s</li>\n", r.OperationID, r.Method, r.Path, r.Summary)
	}
	p.raw("</ul></nav>\n")
	for _, r := range routes {
		p.route(r)
	}
	p.raw("<h1>Objects</h1>\n")
	schemas := doc.Components.Schemas.Map()
	for _, name := range slices.Sorted(maps.Keys(schemas)) {
		p.object(name, schemas[name])
	}
	p.raw("</body>\n</html>\n")
	return p.text.Bytes()
}

// htmlPage is an HTML page under construction.
type htmlPage struct{ text bytes.Buffer }

// markup is safe HTML: every part of it is a constant, or has been escaped.
type markup string

// raw adds a constant.
func (p *htmlPage) raw(text markup) { p.text.WriteString(string(text)) }

// add adds a constant that contains texts, which are escaped unless they are markup.
func (p *htmlPage) add(format markup, texts ...any) {
	safe := make([]any, len(texts))
	for i, t := range texts {
		if m, ok := t.(markup); ok {
			safe[i] = string(m)
		} else {
			safe[i] = html.EscapeString(fmt.Sprint(t))
		}
	}
	fmt.Fprintf(&p.text, string(format), safe...)
}

func (p *htmlPage) paragraphs(text string) {
	for part := range strings.SplitSeq(text, "\n\n") {
		if part != "" {
			p.add("<p>%s</p>\n", part)
		}
	}
}

func (p *htmlPage) route(r docsRoute) {
	p.add("<section id=\"%s\">\n<h2><code>%s %s</code></h2>\n<p><strong>%s.</strong></p>\n",
		r.OperationID, r.Method, r.Path, r.Summary)
	p.paragraphs(r.Description)
	if len(r.Parameters) > 0 {
		p.raw("<h3>Parameters</h3>\n<table><thead><tr><th>Name</th><th>In</th><th>Type</th><th>Meaning</th></tr></thead><tbody>\n")
		for _, q := range r.Parameters {
			p.parameter(q)
		}
		p.raw("</tbody></table>\n")
	}
	if body := r.RequestBody; body != nil {
		p.raw("<h3>Body</h3>\n<p>")
		p.contents(body.Content, ". ")
		p.add("%s</p>\n", body.Description)
	}
	p.raw("<h3>Answers</h3>\n<table><thead><tr><th>Status</th><th>Meaning</th><th>Body</th></tr></thead><tbody>\n")
	for _, status := range slices.Sorted(maps.Keys(r.Responses)) {
		p.add("<tr><td>%s</td><td>%s</td><td>", status, r.Responses[status].Description)
		p.contents(r.Responses[status].Content, " ")
		p.raw("</td></tr>\n")
	}
	p.raw("</tbody></table>\n</section>\n")
}

func (p *htmlPage) parameter(q *huma.Param) {
	p.add("<tr><td><code>%s</code>%s</td><td>%s</td><td>%s</td><td>%s",
		q.Name, mark(q.Required, " (required)"), q.In, docsType(q.Schema), q.Description)
	if q.Schema.Default != nil {
		p.add(" Default: <code>%s</code>.", q.Schema.Default)
	}
	p.raw("</td></tr>\n")
}

// contents lists the forms of a body.
func (p *htmlPage) contents(forms map[string]*huma.MediaType, after markup) {
	for _, media := range slices.Sorted(maps.Keys(forms)) {
		p.add("<code>%s</code>: %s%s", media, docsType(forms[media].Schema), after)
	}
}

func (p *htmlPage) object(name string, s *huma.Schema) {
	p.add("<section id=\"%s\">\n<h2>%s</h2>\n", name, name)
	p.raw("<table><thead><tr><th>Member</th><th>Type</th><th>Meaning</th></tr></thead><tbody>\n")
	for _, member := range membersOf(s) {
		optional := !slices.Contains(s.Required, member)
		described := s.Properties[member]
		p.add("<tr><td><code>%s</code>%s</td><td>%s</td><td>%s</td></tr>\n",
			member, mark(optional, " (optional)"), docsType(described), described.Description)
	}
	p.raw("</tbody></table>\n</section>\n")
}

func mark(on bool, text markup) markup {
	if on {
		return text
	}
	return ""
}

// membersOf lists the members of an object, required ones first.
func membersOf(s *huma.Schema) []string {
	var optional []string
	for name := range s.Properties {
		if !slices.Contains(s.Required, name) {
			optional = append(optional, name)
		}
	}
	slices.Sort(optional)
	return slices.Concat(s.Required, optional)
}

// docsType describes the type of a value, with links to objects.
func docsType(s *huma.Schema) markup {
	p := &htmlPage{}
	switch {
	case s == nil:
		return ""
	case s.Ref != "":
		name := s.Ref[strings.LastIndex(s.Ref, "/")+1:]
		p.add("<a href=\"#%s\">%s</a>", name, name)
	case len(s.OneOf) > 0:
		for i, one := range s.OneOf {
			p.add("%s%s", mark(i > 0, " or "), docsType(one))
		}
	case s.Type == huma.TypeArray:
		p.add("list of %s", docsType(s.Items))
	default:
		p.add("%s", s.Type)
	}
	if s.Format == "date" || s.Format == "date-time" {
		p.add(" (%s)", s.Format)
	}
	for i, value := range s.Enum {
		p.add("%s%s", mark(i == 0, ": ")+mark(i > 0, " | "), value)
	}
	p.raw(mark(s.Nullable, " or null"))
	return markup(p.text.String())
}
