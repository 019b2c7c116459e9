package storetest

import (
	"strings"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

var dayTests = []test{
	{"a day with every kind of entry is read back as it was", func(h *harness) {
		h.create("j1", plan(0, 1, "a"))
		h.close("j1", "a", dates[0], buy("AAPL", 10, 123_4567), buy("BRK.B", 3, 1))
		g := h.claim("j1", "a", dates[1])
		d := h.day(g,
			sim.Entry{Kind: sim.EntryDividend, Symbol: "AAPL", Quantity: 10 * sim.Share, PerShare: 12_345_678},
			sim.Entry{Kind: sim.EntrySplit, Symbol: "BRK.B", Quantity: sim.Share, Price: 77_7700, Numerator: 1, Denominator: 2},
			sim.Entry{Kind: sim.EntryBuy, Symbol: "NVDA", Quantity: 1_234_567, Price: 180_0001, Commission: 9_999},
			sell("AAPL", 10, 200*sim.Dollar),
		)
		d.Session = sim.Session{StopReason: sim.StopMaxSteps, Steps: 30, ToolUsage: map[string]sim.ToolCount{},
			NewsRefused: map[string]int{"after_bell": 2, "undated": 1}}
		h.ok(h.Store.Commit(h.ctx, g, d, nil))
		days := h.days(sim.DayFilter{JobID: "j1", From: dates[1]})
		require.Len(h.t, days, 1)
		assert.Equal(h.t, d, days[0])
		folded, err := sim.Fold(days[0].Opening, days[0].Entries)
		h.ok(err)
		assert.True(h.t, folded.Equal(days[0].Closing))
		messages, err := h.Store.Transcript(h.ctx, d.Book, d.Ref)
		h.ok(err)
		assert.Empty(h.t, messages)
	}},
	{"a day without orders is read back without entries", func(h *harness) {
		h.create("j1", plan(0, 1, "a"))
		h.close("j1", "a", dates[0])
		days := h.days(sim.DayFilter{JobID: "j1"})
		require.Len(h.t, days, 1)
		assert.Empty(h.t, days[0].Entries)
		assert.Equal(h.t, sim.NewLedger(initialCash), days[0].Closing)
	}},
	{"many holdings are read back as they were", func(h *harness) {
		h.create("j1", plan(0, 1, "a"))
		var orders []sim.Entry
		for i := range 150 {
			orders = append(orders, buy("S"+strings.Repeat("X", i%5)+string(rune('A'+i%26))+string(rune('A'+i/26)), 1+i, sim.Money(100+i)))
		}
		first := h.close("j1", "a", dates[0], orders...)
		require.Len(h.t, first.Closing.Holdings, 150)
		g := h.claim("j1", "a", dates[1])
		assert.Equal(h.t, first.Closing, g.Opening)
		second := h.commit(g)
		assert.Equal(h.t, []sim.Day{first, second}, h.days(sim.DayFilter{JobID: "j1"}))
	}},
	{"days are selected and ordered", selectDays},
	{"days of nothing are none", func(h *harness) {
		assert.Empty(h.t, h.days(sim.DayFilter{Experiment: "unknown"}))
		assert.Empty(h.t, h.days(sim.DayFilter{JobID: "none"}))
		_, err := h.Store.Days(h.ctx, sim.DayFilter{Model: "a"})
		h.refused(sim.KindInvalid, err)
	}},
	{"heads come in the order of the keys, empty ones included", func(h *harness) {
		h.create("j1", plan(0, 1, "a", "b"))
		h.createIn("other", "j2", plan(0, 1, "a"))
		keys := []sim.BookKey{{Experiment: "other", Model: "a"}, {Experiment: experiment, Model: "new"},
			{Experiment: experiment, Model: "b"}, {Experiment: "other", Model: "b"}}
		heads, err := h.Store.Heads(h.ctx, keys)
		h.ok(err)
		require.Len(h.t, heads, 4)
		for i, head := range heads {
			assert.Equal(h.t, keys[i], head.Book)
		}
		assert.Equal(h.t, []string{"j2", "", "j1", ""}, []string{heads[0].Job, heads[1].Job, heads[2].Job, heads[3].Job})
		assert.Equal(h.t, sim.Head{Book: keys[1]}, heads[1])
		none, err := h.Store.Heads(h.ctx, nil)
		h.ok(err)
		assert.Empty(h.t, none)
	}},
	{"books are listed by experiment, or all", func(h *harness) {
		h.create("j1", plan(0, 1, "b", "a"))
		h.createIn("alpha", "j2", plan(0, 1, "z"))
		names := func(experiment string) (out []string) {
			heads, err := h.Store.Books(h.ctx, experiment)
			h.ok(err)
			for _, head := range heads {
				out = append(out, head.Book.Experiment+"/"+head.Book.Model)
			}
			return out
		}
		assert.Equal(h.t, []string{"main/a", "main/b"}, names(experiment))
		assert.Equal(h.t, []string{"alpha/z", "main/a", "main/b"}, names(""))
		assert.Empty(h.t, names("unknown"))
	}},
}

func selectDays(h *harness) {
	h.finished("j1", plan(0, 3, "b", "a"), buy("AAPL", 1, sim.Dollar))
	h.createIn("other", "j2", plan(0, 0, "a"))
	r := h.request("j2", "a", dates[0])
	r.Experiment = "other"
	g, err := h.Store.Claim(h.ctx, r)
	h.ok(err)
	h.commit(g)

	type at struct {
		model string
		date  int
	}
	for name, c := range map[string]struct {
		filter sim.DayFilter
		want   []at
	}{
		"all of an experiment": {sim.DayFilter{Experiment: experiment},
			[]at{{"a", 0}, {"b", 0}, {"a", 1}, {"b", 1}, {"a", 2}, {"b", 2}, {"a", 3}, {"b", 3}}},
		"another experiment": {sim.DayFilter{Experiment: "other"}, []at{{"a", 0}}},
		"one model":          {sim.DayFilter{Experiment: experiment, Model: "b"}, []at{{"b", 0}, {"b", 1}, {"b", 2}, {"b", 3}}},
		"a range": {sim.DayFilter{Experiment: experiment, From: dates[1], To: dates[2]},
			[]at{{"a", 1}, {"b", 1}, {"a", 2}, {"b", 2}}},
		"from a date":           {sim.DayFilter{JobID: "j1", From: dates[3]}, []at{{"a", 3}, {"b", 3}}},
		"up to a date":          {sim.DayFilter{JobID: "j1", Model: "a", To: dates[0]}, []at{{"a", 0}}},
		"the first":             {sim.DayFilter{Experiment: experiment, Limit: 3}, []at{{"a", 0}, {"b", 0}, {"a", 1}}},
		"the last":              {sim.DayFilter{Experiment: experiment, Limit: 3, Latest: true}, []at{{"b", 2}, {"a", 3}, {"b", 3}}},
		"the last up to a date": {sim.DayFilter{Experiment: experiment, Model: "a", To: dates[2], Limit: 1, Latest: true}, []at{{"a", 2}}},
		"job and experiment":    {sim.DayFilter{Experiment: "other", JobID: "j1"}, nil},
		"a limit above all":     {sim.DayFilter{JobID: "j2", Limit: 100, Latest: true}, []at{{"a", 0}}},
	} {
		var got []at
		for _, d := range h.days(c.filter) {
			got = append(got, at{d.Book.Model, indexOf(d.Ref.Date)})
		}
		assert.Equal(h.t, c.want, got, name)
	}

	full := h.days(sim.DayFilter{Experiment: experiment})
	for i, d := range h.days(sim.DayFilter{Experiment: experiment, BooksOnly: true}) {
		want := full[i]
		want.Entries, want.Opening, want.Session.ToolUsage = nil, sim.Ledger{}, nil
		assert.Equal(h.t, want, d)
	}
}

func indexOf(d sim.Date) int {
	for i, x := range dates {
		if x == d {
			return i
		}
	}
	return -1
}

var transcriptTests = []test{
	{"messages are read back in order, whatever they say", func(h *harness) {
		at := start.Add(time.Hour)
		var messages []sim.Message
		for i, text := range []string{
			"", " ", "\n\t\r\n", "plain", "'; DROP TABLE jobs; --", `{"json": "with \"quotes\" and \\ and \u0000"}`, "a\x00b",
			"日本語 العربية עברית 🚀👩‍👩‍👧‍👦 e\u0301",
			"\u202Eright to left\u202C \uFEFF \uFFFD", strings.Repeat("long ", 60_000), "<b>&amp;</b>",
		} {
			messages = append(messages,
				sim.Message{Step: i, Role: "assistant", Content: text, Reasoning: text, Timestamp: at, Usage: &sim.Usage{}},
				sim.Message{Step: i, Role: "tool", Content: text, ToolName: text, ToolCallID: text, Arguments: text, AsOf: dates[i%3]},
			)
		}
		h.create("j1", plan(0, 1, "a", "b"))
		g := h.claim("j1", "a", dates[0])
		d := h.day(g)
		d.Session.Summary = "a\x00b 🚀"
		h.ok(h.Store.Commit(h.ctx, g, d, messages))
		h.close("j1", "b", dates[0])
		got, err := h.again().Store.Transcript(h.ctx, d.Book, d.Ref)
		h.ok(err)
		assert.Equal(h.t, messages, got)
		assert.Equal(h.t, d.Session.Summary, h.days(sim.DayFilter{JobID: "j1", Model: "a"})[0].Session.Summary)
	}},
	{"a long conversation is read back whole", func(h *harness) {
		h.create("j1", plan(0, 1, "a"))
		g := h.claim("j1", "a", dates[0])
		var messages []sim.Message
		for i := range 1_000 {
			messages = append(messages, sim.Message{Step: i / 3, Role: "tool", Content: strings.Repeat("x", i), ToolName: "get_price",
				Timestamp: start.Add(time.Duration(i))})
		}
		d := h.day(g)
		h.ok(h.Store.Commit(h.ctx, g, d, messages))
		got, err := h.Store.Transcript(h.ctx, d.Book, d.Ref)
		h.ok(err)
		assert.Equal(h.t, messages, got)
	}},
	{"a refused commit leaves no transcript", func(h *harness) {
		h.create("j1", plan(0, 1, "a"))
		old := h.claim("j1", "a", dates[0])
		h.pass(2 * leaseTime)
		g := h.claim("j1", "a", dates[0])
		h.refused(sim.KindFenced, h.Store.Commit(h.ctx, old, h.day(old), transcript(old)))
		d := h.commit(g)
		got, err := h.Store.Transcript(h.ctx, d.Book, d.Ref)
		h.ok(err)
		assert.Equal(h.t, transcript(g), got)
	}},
	{"the transcript of a day that is not closed is not found", func(h *harness) {
		h.create("j1", plan(0, 1, "a"))
		d := h.close("j1", "a", dates[0])
		for _, ref := range []sim.DayRef{{}, {Date: dates[1]}, {Date: dates[0], Generation: 1}} {
			_, err := h.Store.Transcript(h.ctx, d.Book, ref)
			h.refused(sim.KindNotFound, err)
		}
		_, err := h.Store.Transcript(h.ctx, sim.BookKey{Experiment: "other", Model: "a"}, d.Ref)
		h.refused(sim.KindNotFound, err)
	}},
}
