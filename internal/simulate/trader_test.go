package simulate

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"aitrader/internal/agent"
	"aitrader/internal/backoff"
	"aitrader/internal/engine"
	"aitrader/internal/sim"
)

// session is what the provider's side knows of a session.
type session struct {
	w       *world
	id      int
	process *process
	key     sim.ModelDayKey
	book    sim.BookKey
	fence   int64 // of its grant, on AWS
	dice    dice
	ordered []sim.Entry // what the desk said that it executed
	paid    int         // completions
	over    bool
	// committed: its day was closed.
	committed bool
}

// trader runs the sessions of a process: with the product's desk and session, and a
// model that plays a script. It implements [engine.Trader].
type trader struct{ p *process }

// Trade implements [engine.Trader].
func (t trader) Trade(ctx context.Context, a engine.Assignment) (sim.Outcome, error) {
	ctx = asActor(ctx, nameOf(a.Key))
	s, err := t.open(ctx, a)
	if err != nil {
		return sim.Outcome{}, err
	}
	defer t.close(s)
	desk := agent.NewDesk(a.View, a.Opening, a.Settings.Costs, a.Settings.Fractional)
	tools := &toolbox{tools: desk.Tools(), session: s}
	run := agent.Session{
		Model: &script{trader: t, session: s, assignment: a}, Toolbox: tools, Desk: desk, Price: a.Model.Price, Now: t.p.now,
		Brief: &agent.Brief{
			Key: a.Key, Experiment: a.Experiment, Date: a.View.Date(), FirstDay: a.FirstDay, Opening: a.Opening, Actions: a.Actions,
			Prices: agent.PriceTable(a.View, a.View.Universe(a.Settings.Universe, a.Settings.Benchmark), a.Opening),
			Costs:  a.Settings.Costs, Fractional: a.Settings.Fractional, MaxSteps: a.Settings.MaxSteps,
		},
	}
	return run.Run(ctx)
}

// open begins a session, and checks that it may.
func (t trader) open(ctx context.Context, a engine.Assignment) (s *session, err error) {
	w := t.p.w
	err = t.p.do(ctx, "session", a.Key.JobID, func() error {
		name := nameOf(a.Key)
		s = &session{
			w: w, id: len(w.sessions), process: t.p, key: a.Key, book: sim.BookKey{Experiment: a.Experiment, Model: a.Key.Model},
			fence: t.p.fence, dice: w.child("session %s %d", name, w.count("session "+name)),
		}
		w.sessions = append(w.sessions, s)
		w.checkSession(s, a)
		return nil
	})
	return s, err
}

// close ends a session. It is not a call: it changes nothing that others see.
func (t trader) close(s *session) {
	w := t.p.w
	w.mu.Lock()
	defer w.mu.Unlock()
	s.over = true
}

// script is a provider: it answers as its character says.
type script struct {
	trader     trader
	session    *session
	assignment engine.Assignment
}

// errProvider is the failure of a provider.
var errProvider = sim.Errorf(sim.KindUnavailable, "provider: the model is overloaded")

// Complete implements [agent.Model].
func (m *script) Complete(ctx context.Context, r agent.Request) (agent.Reply, error) {
	settle, err := m.reserve(ctx, r.Step)
	if err != nil {
		return agent.Reply{}, err
	}
	reply, err := m.ask(ctx, r)
	if settle != nil {
		if settleErr := settle(reply.Usage); settleErr != nil && err == nil {
			err = settleErr
		}
	}
	return reply, err
}

// reserve reserves the cost of a completion, as the product's meter does.
func (m *script) reserve(ctx context.Context, step int) (settle func(sim.Usage) error, err error) {
	spec := m.assignment.Model
	if spec.Price == nil {
		return nil, nil
	}
	store := m.trader.p.store
	call := sim.ModelCall{JobID: m.session.key.JobID, Model: spec.Signature, ID: fmt.Sprintf("%d-%d", m.session.id, step)}
	worst := spec.Price.Of(sim.Usage{Input: 1000, Output: 2000})
	err = twice(ctx, func() error { return store.Reserve(ctx, call, worst, m.assignment.Settings.SpendingLimits(spec)) })
	if err != nil {
		return nil, err
	}
	return func(used sim.Usage) error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		return twice(ctx, func() error { return store.Settle(ctx, call, used, spec.Price.Of(used)) })
	}, nil
}

// twice makes a write again once, when its answer was lost.
func twice(ctx context.Context, f func() error) error {
	lost := func(err error) bool { return sim.IsKind(err, sim.KindUnavailable) }
	_, err := backoff.Retry(ctx, backoff.Policy{}, 2, lost, func() (struct{}, error) { return struct{}{}, f() })
	return err
}

// ask asks the provider: the answer takes its time.
func (m *script) ask(ctx context.Context, r agent.Request) (reply agent.Reply, err error) {
	s, d := m.session, m.session.dice.child("step %d", r.Step)
	kind := m.character()
	latency := d.between(10*time.Millisecond, 3*time.Second, "latency")
	if kind == slow {
		latency = d.between(time.Second, dayTimeout/3, "latency")
	}
	if !pause(ctx, latency) {
		return reply, interrupted(ctx)
	}
	err = m.trader.p.do(ctx, fmt.Sprintf("answer %d", r.Step), s.key.JobID, func() error {
		at, cancelled := m.trader.p.w.cancelled[s.key.JobID]
		prompt, asked := s.w.scenario.slow == 0 && s.w.scenario.unread == 0, s.w.now().Add(-latency)
		notice := 2 * time.Second // half a second, and the time of a call
		if s.w.cloud != nil {
			notice, prompt = 4*time.Second, prompt && s.process.frozen.IsZero()
		}
		if cancelled && prompt && asked.After(at.Add(notice)) {
			s.w.violated("%s is asked at %s, and its job was cancelled at %s", nameOf(s.key), asked, at)
		}
		if kind == broken || kind == flaky && d.chance(0.15, "fails") {
			return errProvider
		}
		s.paid++
		return nil
	})
	if err != nil {
		return reply, err
	}
	if kind == panicky && d.chance(0.1, "panics") {
		panic("the client of the provider has a bug")
	}
	reply.Usage = sim.Usage{Input: int64(100 + d.below(900, "input")), Output: int64(d.below(2000, "output"))}
	reply.Message = m.words(d, r.Step)
	return reply, nil
}

func (m *script) character() character {
	models := m.session.w.scenario.models
	i := slices.IndexFunc(models, func(c contestant) bool { return c.signature == m.assignment.Model.Signature })
	return models[i].character
}

// words is the answer of a step: some orders, and the end at the latest in the fourth.
func (m *script) words(d dice, step int) agent.Message {
	message := agent.Message{Role: agent.RoleAssistant, Content: fmt.Sprintf("session %d", m.session.id)}
	if step == 4 || d.chance(0.3, "finish") {
		message.Content += " " + agent.FinishSignal
		return message
	}
	for i := range 1 + d.below(3, "orders") {
		name := fmt.Sprintf("order %d", i)
		tool := pick(d, name+" tool", "buy", "buy", "sell", "get_portfolio")
		arguments := fmt.Sprintf(`{"symbol":%q,"amount":%d}`, pick(d, name+" symbol", symbols...), 1+d.below(120, name+" amount"))
		if tool == "get_portfolio" {
			arguments = "{}"
		}
		message.Calls = append(message.Calls, agent.ToolCall{Name: tool, Arguments: arguments})
	}
	return message
}

// toolbox calls the tools of the desk without a protocol, and notes what they execute.
type toolbox struct {
	tools   []agent.Tool
	session *session
}

// Specs implements [agent.Toolbox].
func (b *toolbox) Specs() []agent.ToolSpec {
	specs := make([]agent.ToolSpec, len(b.tools))
	for i, t := range b.tools {
		specs[i] = t.Spec
	}
	return specs
}

// Call implements [agent.Toolbox].
func (b *toolbox) Call(ctx context.Context, name string, arguments json.RawMessage) (agent.ToolResult, error) {
	i := slices.IndexFunc(b.tools, func(t agent.Tool) bool { return t.Spec.Name == name })
	args, err := agent.DecodeArguments(string(arguments))
	if i < 0 || err != nil {
		return agent.ToolResult{Content: `{"error":"no such tool"}`, IsError: true}, nil //nolint:nilerr // the model reads it
	}
	result := b.tools[i].Handle(ctx, args)
	if !result.IsError && (name == "buy" || name == "sell") {
		var fill struct {
			Action     sim.EntryKind `json:"action"`
			Symbol     string        `json:"symbol"`
			Amount     sim.Quantity  `json:"amount"`
			Price      sim.Money     `json:"price"`
			Commission sim.Money     `json:"commission"`
			CashAfter  sim.Money     `json:"cash_after"`
		}
		if err := json.Unmarshal([]byte(result.Content), &fill); err != nil {
			return agent.ToolResult{}, err
		}
		b.session.ordered = append(b.session.ordered, sim.Entry{
			Kind: fill.Action, Symbol: fill.Symbol, Quantity: fill.Amount, Price: fill.Price, Commission: fill.Commission, CashAfter: fill.CashAfter,
		})
	}
	return result, nil
}

// Close implements [agent.Toolbox].
func (b *toolbox) Close() error { return nil }
