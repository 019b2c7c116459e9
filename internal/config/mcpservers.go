package config

import (
	"fmt"
	"regexp"
	"slices"

	"aitrader/internal/sim"
)

const (
	maxServers = 8
	maxTools   = 64
	maxHeaders = 16
)

var (
	serverName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,19}$`)
	headerName = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)
)

// mcpServers takes the external MCP servers, and the references to their headers.
func (d *decoder) mcpServers(root *object) (servers []sim.MCPServer, headers map[string]map[string]KeyRef) {
	list, _ := d.list(root, "mcp_servers")
	if len(list) > maxServers {
		d.mistake(root.at("mcp_servers"), between("a list of servers", 0, maxServers))
		return nil, nil
	}
	headers = map[string]map[string]KeyRef{}
	for i, value := range list {
		path := fmt.Sprintf("%s[%d]", root.at("mcp_servers"), i)
		o, ok := value.(*object)
		if !ok {
			d.problem(path, value, "an object is expected")
			continue
		}
		s := sim.MCPServer{Name: d.serverName(o, headers), URL: d.serverURL(o), Tools: d.serverTools(o)}
		headers[s.Name] = d.serverHeaders(o)
		d.finish(o)
		servers = append(servers, s)
	}
	return servers, headers
}

func (d *decoder) serverName(o *object, seen map[string]map[string]KeyRef) string {
	const allowed = "a name of 1 to 20 of a-z, 0-9 and -, different from the other ones, is expected"
	name, ok := d.text(o, "name")
	_, twice := seen[name]
	switch {
	case !ok && o.values["name"] == nil:
		d.mistake(o.at("name"), "missing: "+allowed)
	case ok && (!serverName.MatchString(name) || twice):
		d.problem(o.at("name"), name, allowed)
	}
	return name
}

func (d *decoder) serverURL(o *object) string {
	text, ok := d.text(o, "url")
	if !ok {
		if o.values["url"] == nil {
			d.mistake(o.at("url"), "missing: the address of a server over streamable HTTP is expected")
		}
		return ""
	}
	return d.address(o.at("url"), text, "https://tools.example.com/mcp", "headers")
}

func (d *decoder) serverTools(o *object) []string {
	list, _ := d.list(o, "tools")
	if len(list) > maxTools {
		d.mistake(o.at("tools"), between("a list of tools", 0, maxTools))
		return nil
	}
	var tools []string
	for i, value := range list {
		name, ok := value.(string)
		if !ok || name == "" || slices.Contains(tools, name) {
			d.problem(fmt.Sprintf("%s[%d]", o.at("tools"), i), value, "the name of a tool, once, is expected")
			continue
		}
		tools = append(tools, name)
	}
	return tools
}

// serverHeaders takes secret headers, whose values are written like keys.
func (d *decoder) serverHeaders(o *object) map[string]KeyRef {
	h := d.object(o, "headers")
	out := map[string]KeyRef{}
	for _, name := range h.keys {
		text, ok := d.text(h, name)
		switch {
		case len(out) == maxHeaders:
			d.mistake(h.path, fmt.Sprintf("more than %d headers", maxHeaders))
			return out
		case !headerName.MatchString(name):
			d.mistake(h.at(name), "not the name of a header")
		case ok:
			out[name] = d.keyOf(h.at(name), text, true, "the server cannot be asked without it")
		}
	}
	return out
}
