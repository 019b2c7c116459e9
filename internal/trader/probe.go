package trader

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"aitrader/internal/agent"
	"aitrader/internal/sim"
	"aitrader/internal/text"
)

// Probe is what one cheap question to a model came to.
type Probe struct {
	Offline bool          // built in, or a recording: nothing was asked
	Took    time.Duration // of the question
	Usage   sim.Usage
	Cost    *sim.TokenCost // USD; nil: the model has no price
	// Fault is what is wrong, in words and without any key; "": nothing.
	Fault string
	// Passing reports whether the fault may pass by itself.
	Passing bool
}

// maxProbeOutput bounds the answer to a probe, in tokens, where the model's parameters
// bound its answers anyway. Others get no bound: providers disagree on its name.
const maxProbeOutput = 2048

// Probe asks a model to call a tool, in the form in which a session asks it, and without
// retries.
func (m *Models) Probe(ctx context.Context, s sim.Settings, spec sim.ModelSpec) Probe {
	if spec.Offline() {
		_, _, err := offlineModel(ctx, spec.BaseModel, m.recordings)
		return Probe{Offline: true, Fault: messageOf(err)}
	}
	s.MaxRetries = 0
	spec.Params = boundOutput(spec.Params)
	model, err := m.newModel(ctx, "", s, spec)
	if err != nil {
		return Probe{Fault: messageOf(err)}
	}
	began := time.Now()
	reply, err := model.Complete(ctx, probeRequest(true))
	p := Probe{Took: time.Since(began), Usage: reply.Usage}
	if err != nil {
		p.Fault, p.Passing = probeFault(ctx, err)
		if refusesTools(ctx, model, err) {
			p.Fault, p.Passing = "no tool support: the provider answers only without tools ("+sim.MessageOf(err)+")", false
		}
	} else {
		p.Fault = answerFault(reply)
	}
	if spec.Price != nil {
		p.Cost = new(spec.Price.Of(p.Usage))
	}
	return p
}

func messageOf(err error) string {
	if err == nil {
		return ""
	}
	return sim.MessageOf(err)
}

// boundOutput lowers the bounds of an answer in parameters, where they have any.
func boundOutput(params map[string]any) map[string]any {
	lowered := maps.Clone(params)
	for _, name := range sim.OutputParams {
		if v, ok := lowered[name].(float64); ok {
			lowered[name] = min(v, maxProbeOutput)
		}
	}
	return lowered
}

// probeTool is the tool that a model is asked to call.
const probeTool = "report_ready"

// probeRequest is the question.
func probeRequest(tools bool) agent.Request {
	r := agent.Request{Step: 1, Messages: []agent.Message{
		{Role: agent.RoleSystem, Content: "You check a connection. Do only what you are asked, without explaining it."},
		{Role: agent.RoleUser, Content: "Answer with one word: ready."},
	}}
	if tools {
		r.Messages[1].Content = "Call the tool " + probeTool + ` once, with "ready": true.`
		r.Tools = []agent.ToolSpec{{
			Name: probeTool, Description: "Reports that you are ready.",
			Schema: json.RawMessage(`{"type":"object","properties":{"ready":{"type":"boolean","description":"Always true."}},` +
				`"required":["ready"]}`),
		}}
	}
	return r
}

// refusesTools reports whether a model that has refused a question answers it without
// tools.
func refusesTools(ctx context.Context, model agent.Model, err error) bool {
	switch code(err) {
	case "model_http_400", "model_http_404", "model_http_405", "model_http_422", "model_http_500", "model_http_501":
		_, err := model.Complete(ctx, probeRequest(false))
		return err == nil
	}
	return false
}

// answerFault says what is wrong with an answer; "": it calls the tool.
func answerFault(r agent.Reply) string {
	calls := r.Message.Calls
	switch {
	case slices.ContainsFunc(calls, func(c agent.ToolCall) bool { return c.Name == probeTool }):
		return ""
	case len(calls) > 0:
		return fmt.Sprintf("it calls the tool %s, which it was not offered, and not the one that it was", text.Quote(calls[0].Name, 40))
	case r.Broken == sim.StopTextCall:
		return "no tool support: it writes tool calls as text; the server must parse the format of this model"
	case r.Broken == sim.StopTruncated:
		return "the answer is cut at its limit of tokens before it calls the tool: raise max_tokens or max_completion_tokens"
	case r.Broken == sim.StopFiltered:
		return "a content filter of the provider stops the answer"
	}
	return "no tool support: it answers without calling the tool"
}

// code is the stable code with which an error of a model begins.
func code(err error) string {
	code, _, _ := strings.Cut(sim.MessageOf(err), ":")
	code, _, _ = strings.Cut(code, " ")
	return code
}

// faults puts the codes of a model's errors into words.
var faults = map[string]string{
	"model_http_401":     "wrong key, or none: the provider refuses it",
	"model_http_402":     "the account has no credit left",
	"model_no_quota":     "the account has no credit left",
	"model_http_403":     "the key may not use this model",
	"model_http_404":     "unknown model or address",
	"model_unreachable":  "no connection to the endpoint",
	"model_rate_limited": "the provider is busy, or limits the rate",
	"model_timeout":      "no answer in time",
	"model_interrupted":  "no answer in time",
	"model_bad_answer":   "the endpoint does not answer as chat completions do",
}

// probeFault puts an error of a model into words.
func probeFault(ctx context.Context, err error) (fault string, passing bool) {
	fault, known := faults[code(err)]
	if !known {
		fault = "the provider refuses the request"
	}
	kind := sim.KindOf(err)
	passing = kind == sim.KindUnavailable || kind == sim.KindRateLimited
	if e, ok := errors.AsType[*sim.Error](err); ok && e.Stop != "" {
		passing = false
	}
	if !known && passing {
		fault = "the provider fails"
	}
	if ctx.Err() != nil {
		return fault, true
	}
	return fmt.Sprintf("%s (%s)", fault, sim.MessageOf(err)), passing
}
