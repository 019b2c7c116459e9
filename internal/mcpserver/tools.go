// Package mcpserver lets other programs, language models among them, ask the service
// over the Model Context Protocol. Its tools are the HTTP API under other names:
// each sends one request, and answers with what came back.
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

// Ask sends a request to the API and returns the answer's body. Its error is what
// the API refused, or why it could not be asked.
type Ask func(ctx context.Context, method, path string, body []byte) ([]byte, error)

// question is a tool that reads.
type question struct {
	name, description string
	path              string // {name} stands for an argument
	fixed             string // a query that is always part of it
	arguments         []argument
}

type argument struct {
	name, description string
	required          bool
}

var (
	experiment = argument{"experiment", "The namespace of the portfolios; without it, main.", false}
	model      = argument{"model", "The signature of a model.", false}
	startDate  = argument{"start_date", "The first date, YYYY-MM-DD.", false}
	endDate    = argument{"end_date", "The last date, YYYY-MM-DD, included.", false}
)

func needed(a argument) argument {
	a.required = true
	return a
}

var questions = []question{
	{name: "list_jobs", description: "Lists simulations, the newest first, with their status and progress.", path: "/simulate/jobs", arguments: []argument{experiment, {"limit", "The most jobs in the answer.", false}}},
	{name: "job_status", description: "Tells how far a simulation is, what it has used and cost, and what failed.", path: "/simulate/status/{job_id}", arguments: []argument{{"job_id", "The job.", true}}},
	{name: "leaderboard", description: "Ranks the models of an experiment at a close, with 95 % intervals, tests against the benchmark and tiers of models that cannot be told apart.", path: "/leaderboard", arguments: []argument{experiment, {"date", "The close that counts, YYYY-MM-DD; without it, the last one.", false}, startDate}},
	{name: "results", description: "Gives the closed days of a range as values and figures (return, Sharpe, drawdown and more) for each model.", path: "/results", fixed: "detail=full", arguments: []argument{needed(startDate), endDate, model, experiment}},
	{name: "explain_day", description: "Shows one day of one model: what it was told, thought, asked and did, the fills, and what the day came to.", path: "/results", fixed: "detail=full&reasoning=full", arguments: []argument{needed(model), {"date", "The trading date, YYYY-MM-DD.", true}, experiment}},
	{name: "trades", description: "Lists fills.", path: "/trades", arguments: []argument{model, {"symbol", "Only this ticker.", false}, startDate, endDate, experiment, {"limit", "About how many.", false}, {"next", "Go on where an answer before said.", false}}},
	{name: "compare", description: "Puts models beside each other: figures, and paired tests of their daily returns.", path: "/compare", arguments: []argument{{"models", "Two to ten signatures, with commas between.", true}, startDate, endDate, experiment}},
	{name: "coverage", description: "Tells which prices are there, by symbol, with gaps.", path: "/prices/coverage"},
	{name: "list_models", description: "Lists the configured models.", path: "/models"},
}

// Tools lists what can be asked; with mayTrigger, a job can be started, too.
func Tools(ask Ask, mayTrigger bool) []agent.Tool {
	var tools []agent.Tool
	for _, q := range questions {
		tools = append(tools, agent.Tool{
			Spec: agent.ToolSpec{Name: q.name, Description: q.description, Schema: schema(q.arguments)},
			Handle: func(ctx context.Context, args map[string]json.RawMessage) agent.ToolResult {
				path, err := q.address(args)
				if err != nil {
					return refusal(err)
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

// trigger starts a job. Its arguments are the body of the API's own trigger.
func trigger(ask Ask) agent.Tool {
	arguments := []argument{startDate, endDate, experiment, {"config", "The name of a configuration.", false}}
	return agent.Tool{
		Spec: agent.ToolSpec{
			Name: "trigger", Schema: schema(arguments),
			Description: "Starts a simulation; without dates, of all that is missing. It may cost money at the providers of the models. The answer names the job.",
		},
		Handle: func(ctx context.Context, args map[string]json.RawMessage) agent.ToolResult {
			body, err := json.Marshal(args)
			if err != nil {
				return refusal(err)
			}
			return answer(ask(ctx, http.MethodPost, "/simulate/trigger", body))
		},
	}
}

// address makes the path and the query of a question.
func (q question) address(args map[string]json.RawMessage) (string, error) {
	path, query := q.path, url.Values{}
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
			query.Set(a.name, text)
		}
	}
	encoded := strings.Trim(query.Encode()+"&"+q.fixed, "&")
	if encoded == "" {
		return path, nil
	}
	return path + "?" + encoded, nil
}

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
	text, err := json.Marshal(map[string]any{"type": "object", "properties": properties, "required": required, "additionalProperties": false})
	if err != nil {
		panic(fmt.Sprintf("mcpapi: a schema of texts: %v", err))
	}
	return text
}

func answer(body []byte, err error) agent.ToolResult {
	if err != nil {
		return refusal(err)
	}
	return agent.ToolResult{Content: strings.TrimSpace(string(body))}
}

func refusal(err error) agent.ToolResult {
	text, marshalErr := json.Marshal(map[string]string{"error": sim.MessageOf(err)})
	if marshalErr != nil {
		text = []byte(`{"error":"it cannot be said"}`)
	}
	return agent.ToolResult{Content: string(text), IsError: true}
}
