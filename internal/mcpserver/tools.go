// Package mcpserver offers the service to other programs, language models among
// them, over the Model Context Protocol. Its tools are routes of the HTTP API: each
// call sends one request, and returns its answer.
//
//   - tools.go lists the tools and turns a call into a request.
//   - handler.go serves them over HTTP, as the caller of each request.
//   - stdio.go serves them on standard input and output.
package mcpserver

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"aitrader/internal/agent"
	"aitrader/internal/sim"
)

// Ask sends a request to the API and returns the body of its answer. The error is a
// refusal by the API, or why it could not be asked.
type Ask func(ctx context.Context, method, path string, body []byte) ([]byte, error)

// query is a tool that reads.
type query struct {
	name, description string
	path              string // {NAME} is replaced by an argument
	fixed             string // parameters of every request
	arguments         []argument
}

type argument struct {
	name, description string
	required          bool
}

var (
	experiment = argument{"experiment", "The namespace of the portfolios; main when absent.", false}
	model      = argument{"model", "The signature of a model.", false}
	startDate  = argument{"start_date", "The first date, YYYY-MM-DD.", false}
	endDate    = argument{"end_date", "The last date, YYYY-MM-DD, included.", false}
)

func required(a argument) argument {
	a.required = true
	return a
}

var queries = []query{
	{
		name: "list_jobs", path: "/simulate/jobs",
		description: "Lists simulations, newest first, with their status and progress.",
		arguments:   []argument{experiment, {"limit", "The largest number of jobs in the answer.", false}},
	},
	{
		name: "job_status", path: "/simulate/status/{job_id}",
		description: "Shows the progress of a simulation, its usage and cost, and what failed.",
		arguments:   []argument{{"job_id", "The id of the job.", true}},
	},
	{
		name: "leaderboard", path: "/leaderboard",
		description: "Ranks the models of an experiment at a close, with 95 % confidence intervals, tests against the benchmark, " +
			"and tiers of models that cannot be told apart.",
		arguments: []argument{experiment, {"date", "The close to rank at, YYYY-MM-DD; the last one when absent.", false}, startDate},
	},
	{
		name: "results", path: "/results", fixed: "detail=full",
		description: "Returns the closed days of a range for each model, as values and figures such as return, Sharpe ratio and drawdown.",
		arguments:   []argument{required(startDate), endDate, model, experiment},
	},
	{
		name: "explain_day", path: "/results", fixed: "detail=full&reasoning=full",
		description: "Shows one day of one model: its prompt, reasoning, tool calls, fills and result.",
		arguments:   []argument{required(model), {"date", "The trading date, YYYY-MM-DD.", true}, experiment},
	},
	{
		name: "trades", path: "/trades",
		description: "Lists fills.",
		arguments: []argument{
			model, {"symbol", "Only this ticker.", false}, startDate, endDate, experiment,
			{"limit", "The approximate number of fills.", false}, {"next", "The next of the previous answer, for its next page.", false},
		},
	},
	{
		name: "compare", path: "/compare",
		description: "Compares models side by side: figures, and paired tests of their daily returns.",
		arguments:   []argument{{"models", "Two to ten signatures, separated by commas.", true}, startDate, endDate, experiment},
	},
	{
		name: "coverage", path: "/prices/coverage",
		description: "Shows the stored prices by symbol, with their gaps.",
	},
	{
		name: "list_models", path: "/models",
		description: "Lists the configured models.",
	},
}

// Tools returns the tools. With mayTrigger, one of them starts jobs.
func Tools(ask Ask, mayTrigger bool) []agent.Tool {
	var tools []agent.Tool
	for _, q := range queries {
		tools = append(tools, agent.Tool{
			Spec: agent.ToolSpec{Name: q.name, Description: q.description, Schema: schema(q.arguments)},
			Handle: func(ctx context.Context, args map[string]json.RawMessage) agent.ToolResult {
				path, err := q.address(args)
				if err != nil {
					return agent.Refusal(sim.MessageOf(err))
				}
				return answer(ask(ctx, http.MethodGet, path, nil))
			},
		})
	}
	if mayTrigger {
		tools = append(tools, trigger(ask))
	}
	return tools
}

// trigger starts a job. Its arguments are fields of the body of POST
// /simulate/trigger.
func trigger(ask Ask) agent.Tool {
	arguments := []argument{startDate, endDate, experiment, {"config", "The name of a configuration.", false}}
	return agent.Tool{
		Spec: agent.ToolSpec{
			Name: "trigger", Schema: schema(arguments),
			Description: "Starts a simulation; without dates, of all missing days. It may cost money at the providers of the models. " +
				"The answer names the job.",
		},
		Handle: func(ctx context.Context, args map[string]json.RawMessage) agent.ToolResult {
			body, err := json.Marshal(args)
			if err != nil {
				return agent.Refusal(sim.MessageOf(err))
			}
			return answer(ask(ctx, http.MethodPost, "/simulate/trigger", body))
		},
	}
}

// address makes the path and the parameters of a query.
func (q query) address(args map[string]json.RawMessage) (string, error) {
	path, parameters := q.path, url.Values{}
	for name := range args {
		if !slices.ContainsFunc(q.arguments, func(a argument) bool { return a.name == name }) {
			return "", sim.Errorf(sim.KindInvalid, "unknown argument %q", name)
		}
	}
	for _, a := range q.arguments {
		text, err := textOf(args[a.name])
		switch {
		case err != nil:
			return "", sim.Errorf(sim.KindInvalid, "argument %q: a text or a number is expected", a.name)
		case text == "" && a.required:
			return "", sim.Errorf(sim.KindInvalid, "argument %q is missing: %s", a.name, a.description)
		case text == "":
		case strings.Contains(path, "{"+a.name+"}"):
			path = strings.ReplaceAll(path, "{"+a.name+"}", url.PathEscape(text))
		default:
			parameters.Set(a.name, text)
		}
	}
	encoded := strings.Trim(parameters.Encode()+"&"+q.fixed, "&")
	if encoded == "" {
		return path, nil
	}
	return path + "?" + encoded, nil
}

// textOf reads an argument that is a text or a number; null is "".
func textOf(raw json.RawMessage) (string, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return "", nil
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text, nil
	}
	var number json.Number
	err := json.Unmarshal(raw, &number)
	return number.String(), err
}

func schema(arguments []argument) json.RawMessage {
	properties, required := map[string]any{}, []string{}
	for _, a := range arguments {
		properties[a.name] = map[string]string{"type": "string", "description": a.description}
		if a.required {
			required = append(required, a.name)
		}
	}
	text, err := json.Marshal(map[string]any{
		"type": "object", "properties": properties, "required": required, "additionalProperties": false,
	})
	if err != nil {
		panic(fmt.Sprintf("mcpserver: a schema of texts: %v", err))
	}
	return text
}

func answer(body []byte, err error) agent.ToolResult {
	if err != nil {
		return agent.Refusal(sim.MessageOf(err))
	}
	return agent.ToolResult{Content: strings.TrimSpace(string(body))}
}
