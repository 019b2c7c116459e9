package recorded

import (
	"context"
	"encoding/json"
	"slices"

	"aitrader/internal/agent"
	"aitrader/internal/sim"
	"aitrader/internal/text"
)

// Replay is a model that repeats the answers of a closed day from its transcript, for
// one session of the same date. Each request must equal the recorded one, word by word;
// otherwise the replay ends with an error.
type Replay struct {
	about      string
	transcript []sim.Message
	stop       sim.StopReason
	answered   map[string]int // how many recorded answers of a tool have been given
}

// NewReplay returns a replay of a day that ended with stop. About names it in errors.
func NewReplay(about string, transcript []sim.Message, stop sim.StopReason) *Replay {
	return &Replay{about: about, transcript: transcript, stop: stop, answered: map[string]int{}}
}

// Complete implements [agent.Model]. Its error, of kind conflict, begins with
// "replay_differs: " where the request differs. After the last recorded answer it is
// [agent.Ended].
func (r *Replay) Complete(ctx context.Context, q agent.Request) (agent.Reply, error) {
	if err := ctx.Err(); err != nil {
		return agent.Reply{}, err
	}
	at, ok := r.answer(q.Step)
	if !ok {
		return agent.Reply{}, agent.Ended{Reason: r.stop}
	}
	if err := r.same(q.Messages, r.transcript[:at]); err != nil {
		return agent.Reply{}, err
	}
	said := r.transcript[at]
	out := agent.Reply{Message: agent.Message{Role: agent.RoleAssistant, Content: said.Content}, Reasoning: said.Reasoning,
		Broken: said.Broken}
	if said.Usage != nil {
		out.Usage = *said.Usage
	}
	for _, m := range r.transcript[at+1:] {
		if m.Role != string(agent.RoleTool) {
			break
		}
		out.Message.Calls = append(out.Message.Calls, agent.ToolCall{ID: m.ToolCallID, Name: m.ToolName, Arguments: m.Arguments})
	}
	return out, nil
}

// answer finds the model's answer of a step.
func (r *Replay) answer(step int) (at int, ok bool) {
	at = slices.IndexFunc(r.transcript, func(m sim.Message) bool { return m.Step == step && m.Role == string(agent.RoleAssistant) })
	return at, at >= 0
}

// same compares the messages of a request with the recorded ones.
func (r *Replay) same(now []agent.Message, then []sim.Message) error {
	for i := range max(len(now), len(then)) {
		switch {
		case i >= len(now):
			return r.differs(i, then[i].Role, then[i].Content, "nothing")
		case i >= len(then):
			return r.differs(i, string(now[i].Role), "nothing", now[i].Content)
		case string(now[i].Role) != then[i].Role || now[i].CallID != then[i].ToolCallID:
			return r.differs(i, then[i].Role, then[i].ToolCallID, string(now[i].Role)+" "+now[i].CallID)
		case now[i].Content != then[i].Content:
			return r.differs(i, then[i].Role, then[i].Content, now[i].Content)
		}
	}
	return nil
}

func (r *Replay) differs(i int, role, then, now string) error {
	from := 0
	for from < min(len(then), len(now)) && then[from] == now[from] {
		from++
	}
	from = max(0, from-20) // some words before it help to find the place
	return sim.Errorf(sim.KindConflict, "replay_differs: %s: message %d (%s) was %q and is %q", r.about, i+1, role,
		text.Clip(cut(then, from), maxShown), text.Clip(cut(now, from), maxShown))
}

func cut(s string, from int) string { return s[min(from, len(s)):] }

// Toolbox answers the calls of some tools with the recorded answers, without their
// source, and passes all other calls on.
func (r *Replay) Toolbox(others agent.Toolbox, tools ...string) agent.Toolbox {
	return &replayedTools{Toolbox: others, replay: r, tools: tools}
}

// Outside lists the tools of external MCP servers that the day called.
func (r *Replay) Outside() []string {
	var names []string
	for _, m := range r.transcript {
		if sim.IsOutside(m.ToolName) && !slices.Contains(names, m.ToolName) {
			names = append(names, m.ToolName)
		}
	}
	return names
}

type replayedTools struct {
	agent.Toolbox
	replay *Replay
	tools  []string
}

// Specs implements [agent.Toolbox].
func (t *replayedTools) Specs() []agent.ToolSpec {
	specs := slices.Clone(t.Toolbox.Specs())
	for _, name := range t.tools {
		specs = append(specs, agent.ToolSpec{Name: name})
	}
	return specs
}

// Call implements [agent.Toolbox].
func (t *replayedTools) Call(ctx context.Context, name string, arguments json.RawMessage) (agent.ToolResult, error) {
	if !slices.Contains(t.tools, name) {
		return t.Toolbox.Call(ctx, name, arguments)
	}
	seen := 0
	for _, m := range t.replay.transcript {
		if m.ToolName != name {
			continue
		}
		if seen == t.replay.answered[name] {
			t.replay.answered[name]++
			return agent.ToolResult{Content: m.Content}, nil
		}
		seen++
	}
	return agent.ToolResult{}, sim.Errorf(sim.KindConflict, "replay_differs: %s: %s was called %d times, and is called once more",
		t.replay.about, name, seen)
}
