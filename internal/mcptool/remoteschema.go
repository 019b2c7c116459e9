package mcptool

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// The bounds of a foreign schema. One beyond them is replaced by that of any object.
const (
	maxSchemaBytes = 64 << 10
	maxSchemaDepth = 12
	maxSchemaNodes = 2000
)

// anyObject is the schema of a tool that gives none that can be used.
const anyObject = `{"properties":{},"type":"object"}`

// plainSchema rewrites the schema of a foreign tool in the words that every provider
// understands: an object with properties; no references, no lists of types, no null, no
// true and false in place of schemas, and none of the keywords that some refuse. It
// accepts at least what the original accepts: the server checks the arguments itself.
func plainSchema(raw json.RawMessage) json.RawMessage {
	var root map[string]any
	if len(raw) > maxSchemaBytes || json.Unmarshal(raw, &root) != nil || root == nil {
		return json.RawMessage(anyObject)
	}
	p := &plainer{root: root}
	out := p.object(root)
	text, err := json.Marshal(out)
	if err != nil || p.nodes > maxSchemaNodes || len(text) > maxSchemaBytes {
		return json.RawMessage(anyObject)
	}
	return text
}

// plainer rewrites one schema.
type plainer struct {
	root  map[string]any
	nodes int
}

// object rewrites the outermost schema. Providers accept no alternatives there, so the
// properties of all of them are joined, and none is required.
func (p *plainer) object(schema map[string]any) map[string]any {
	out := p.plain(schema, 0)
	alternatives, _ := out["anyOf"].([]any)
	properties, _ := out["properties"].(map[string]any)
	if properties == nil {
		properties = map[string]any{}
	}
	for _, alternative := range alternatives {
		one, _ := alternative.(map[string]any)
		more, _ := one["properties"].(map[string]any)
		for name, property := range more {
			if _, ok := properties[name]; !ok {
				properties[name] = property
			}
		}
	}
	object := map[string]any{"type": "object", "properties": properties}
	for _, keyword := range []string{"description", "required"} {
		if value, ok := out[keyword]; ok {
			object[keyword] = value
		}
	}
	return object
}

// kept are the keywords that stay as they are, by the kind of their value.
var (
	keptTexts   = []string{"description", "title"}
	keptNumbers = []string{"minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"}
)

// plain rewrites a schema. Anything that is no schema becomes that of any value.
func (p *plainer) plain(value any, depth int) map[string]any {
	out := map[string]any{}
	schema, ok := value.(map[string]any)
	if p.nodes++; !ok || depth > maxSchemaDepth || p.nodes > maxSchemaNodes {
		return out
	}
	if reference, ok := schema["$ref"].(string); ok {
		out = p.plain(p.find(reference), depth+1)
	}
	for _, keyword := range keptTexts {
		if text, ok := schema[keyword].(string); ok {
			out[keyword] = text
		}
	}
	for _, keyword := range keptNumbers {
		if number, ok := schema[keyword].(float64); ok {
			out[keyword] = number
		}
	}
	p.typeOf(schema, out)
	p.values(schema, out)
	p.members(schema, out, depth)
	p.alternatives(schema, out, depth)
	return out
}

// find follows a reference inside the schema. nil: there is nothing.
func (p *plainer) find(reference string) any {
	path, ok := strings.CutPrefix(reference, "#/")
	if !ok {
		return nil
	}
	var at any = p.root
	for step := range strings.SplitSeq(path, "/") {
		object, ok := at.(map[string]any)
		if !ok {
			return nil
		}
		at = object[strings.NewReplacer("~1", "/", "~0", "~").Replace(step)]
	}
	return at
}

var knownTypes = []string{"object", "array", "string", "number", "integer", "boolean"}

// typeOf writes the type. Several types become alternatives.
func (p *plainer) typeOf(schema, out map[string]any) {
	list, _ := schema["type"].([]any)
	if one, ok := schema["type"].(string); ok {
		list = []any{one}
	}
	var types []string
	for _, item := range list {
		if name, ok := item.(string); ok && slices.Contains(knownTypes, name) && !slices.Contains(types, name) {
			types = append(types, name)
		}
	}
	switch len(types) {
	case 0:
		if _, ok := schema["properties"].(map[string]any); ok {
			out["type"] = "object"
		}
	case 1:
		out["type"] = types[0]
	default:
		var alternatives []any
		for _, name := range types {
			one := map[string]any{"type": name}
			if name == "array" {
				one["items"] = map[string]any{}
			}
			alternatives = append(alternatives, one)
		}
		out["anyOf"] = alternatives
	}
}

// values writes the texts that are allowed. Providers differ on values that are no texts.
func (p *plainer) values(schema, out map[string]any) {
	list, _ := schema["enum"].([]any)
	if constant, ok := schema["const"]; ok {
		list = []any{constant}
	}
	var texts []any
	for _, value := range list {
		text, ok := value.(string)
		switch {
		case ok && text != "":
			texts = append(texts, text)
		case value != nil:
			return
		}
	}
	if len(texts) > 0 {
		out["enum"], out["type"] = texts, "string"
		delete(out, "anyOf")
	}
}

var propertyName = regexp.MustCompile(`^[a-zA-Z0-9_.-]{1,64}$`)

// members writes the properties of an object and the elements of a list.
func (p *plainer) members(schema, out map[string]any, depth int) {
	if given, ok := schema["properties"].(map[string]any); ok {
		properties, _ := out["properties"].(map[string]any)
		if properties == nil {
			properties = map[string]any{}
		}
		for name, property := range given {
			if allowed, isBool := property.(bool); (allowed || !isBool) && propertyName.MatchString(name) {
				properties[name] = p.plain(property, depth+1)
			}
		}
		out["properties"] = properties
		var required []any
		names, _ := schema["required"].([]any)
		for _, name := range names {
			text, _ := name.(string)
			if _, ok := properties[text]; ok && !slices.Contains(required, any(text)) {
				required = append(required, text)
			}
		}
		if len(required) > 0 {
			out["required"] = required
		}
	}
	if out["type"] == "array" && out["items"] == nil {
		out["items"] = p.plain(schema["items"], depth+1)
	}
}

// alternatives writes anyOf and oneOf, without null, and joins what allOf lists.
func (p *plainer) alternatives(schema, out map[string]any, depth int) {
	parts, _ := schema["allOf"].([]any)
	for _, part := range parts {
		join(out, p.plain(part, depth+1))
	}
	anyOf, _ := schema["anyOf"].([]any)
	oneOf, _ := schema["oneOf"].([]any)
	var choices []any
	for _, choice := range slices.Concat(anyOf, oneOf) {
		object, ok := choice.(map[string]any)
		if ok && object["type"] != "null" {
			choices = append(choices, p.plain(object, depth+1))
		}
	}
	switch len(choices) {
	case 0:
	case 1:
		join(out, choices[0].(map[string]any)) //nolint:errcheck,forcetypeassert // it was put there above
	default:
		out["anyOf"] = choices
		if out["type"] != "object" {
			delete(out, "type")
		}
	}
}

// join adds the keywords of a schema to another, which must accept both.
func join(out, more map[string]any) {
	for keyword, value := range more {
		old, given := out[keyword]
		oldMap, isMap := old.(map[string]any)
		newMap, _ := value.(map[string]any)
		oldList, isList := old.([]any)
		newList, _ := value.([]any)
		switch {
		case !given:
			out[keyword] = value
		case keyword == "properties" && isMap:
			maps.Copy(oldMap, newMap)
		case keyword == "required" && isList:
			for _, name := range newList {
				if !slices.Contains(oldList, name) {
					oldList = append(oldList, name)
				}
			}
			out[keyword] = oldList
		}
	}
}
