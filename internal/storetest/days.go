package storetest

import (
	"strings"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

var dayTests = []test{
	{"a day with every kind of entry is read back as it was", func(b *bench) {
		b.create("j1", plan(0, 1, "a"))
		b.close("j1", "a", dates[0], buy("AAPL", 10, 123_4567), buy("BRK.B", 3, 1))
		g := b.claim("j1", "a", dates[1])
		d := b.day(g,
			sim.Entry{Kind: sim.EntryDividend, Symbol: "AAPL", Quantity: 10 * sim.Share, PerShare: 12_345_678},
			sim.Entry{Kind: sim.EntrySplit, Symbol: "BRK.B", Quantity: sim.Share, Price: 77_7700, Numerator: 1, Denominator: 2},
			sim.Entry{Kind: sim.EntryBuy, Symbol: "NVDA", Quantity: 1_234_567, Price: 180_0001, Commission: 9_999},
			sell("AAPL", 10, 200*sim.Dollar),
		)
		d.Session = sim.Session{StopReason: sim.StopMaxSteps, Steps: 30, ToolUsage: map[string]sim.ToolCount{},
			NewsRefused: map[string]int{"after_bell": 2, "undated": 1}}
		b.ok(b.Store.Commit(b.ctx, g, d, nil))
		days := b.days(sim.DayFilter{JobID: "j1", From: dates[1]})
		require.Len(b.t, days, 1)
		assert.Equal(b.t, d, days[0])
		folded, err := sim.Fold(days[0].Opening, days[0].Entries)
		b.ok(err)
		assert.True(b.t, folded.Equal(days[0].Closing))
		messages, err := b.Store.Transcript(b.ctx, d.Book, d.Ref)
		b.ok(err)
		assert.Empty(b.t, messages)
	}},
	{"a day without orders is read back without entries", func(b *bench) {
		b.create("j1", plan(0, 1, "a"))
		b.close("j1", "a", dates[0])
		days := b.days(sim.DayFilter{JobID: "j1"})
		require.Len(b.t, days, 1)
		assert.Empty(b.t, days[0].Entries)
		assert.Equal(b.t, sim.NewLedger(initialCash), days[0].Closing)
	}},
	{"many holdings are read back as they were", func(b *bench) {
		b.create("j1", plan(0, 1, "a"))
		var orders []sim.Entry
		for i := range 150 {
			orders = append(orders, buy("S"+strings.Repeat("X", i%5)+string(rune('A'+i%26))+string(rune('A'+i/26)), 1+i, sim.Money(100+i)))
		}
		first := b.close("j1", "a", dates[0], orders...)
		require.Len(b.t, first.Closing.Holdings, 150)
		g := b.claim("j1", "a", dates[1])
		assert.Equal(b.t, first.Closing, g.Opening)
		second := b.commit(g)
		assert.Equal(b.t, []sim.Day{first, second}, b.days(sim.DayFilter{JobID: "j1"}))
	}},
	{"days are selected and ordered", selectDays},
	{"days of nothing are none", func(b *bench) {
		assert.Empty(b.t, b.days(sim.DayFilter{Experiment: "nobody"}))
		assert.Empty(b.t, b.days(sim.DayFilter{JobID: "none"}))
		_, err := b.Store.Days(b.ctx, sim.DayFilter{Model: "a"})
		b.refused(sim.KindInvalid, err)
	}},
	{"heads come in the order of the keys, empty ones included", func(b *bench) {
		b.create("j1", plan(0, 1, "a", "b"))
		b.createIn("other", "j2", plan(0, 1, "a"))
		keys := []sim.BookKey{{Experiment: "other", Model: "a"}, {Experiment: experiment, Model: "new"},
			{Experiment: experiment, Model: "b"}, {Experiment: "other", Model: "b"}}
		heads, err := b.Store.Heads(b.ctx, keys)
		b.ok(err)
		require.Len(b.t, heads, 4)
		for i, h := range heads {
			assert.Equal(b.t, keys[i], h.Book)
		}
		assert.Equal(b.t, []string{"j2", "", "j1", ""}, []string{heads[0].Job, heads[1].Job, heads[2].Job, heads[3].Job})
		assert.Equal(b.t, sim.Head{Book: keys[1]}, heads[1])
		none, err := b.Store.Heads(b.ctx, nil)
		b.ok(err)
		assert.Empty(b.t, none)
	}},
	{"books are listed by experiment, or all", func(b *bench) {
		b.create("j1", plan(0, 1, "b", "a"))
		b.createIn("alpha", "j2", plan(0, 1, "z"))
		names := func(experiment string) (out []string) {
			heads, err := b.Store.Books(b.ctx, experiment)
			b.ok(err)
			for _, h := range heads {
				out = append(out, h.Book.Experiment+"/"+h.Book.Model)
			}
			return out
		}
		assert.Equal(b.t, []string{"main/a", "main/b"}, names(experiment))
		assert.Equal(b.t, []string{"alpha/z", "main/a", "main/b"}, names(""))
		assert.Empty(b.t, names("nobody"))
	}},
}

func selectDays(b *bench) {
	b.finished("j1", plan(0, 3, "b", "a"), buy("AAPL", 1, sim.Dollar))
	b.createIn("other", "j2", plan(0, 0, "a"))
	r := b.request("j2", "a", dates[0])
	r.Experiment = "other"
	g, err := b.Store.Claim(b.ctx, r)
	b.ok(err)
	b.commit(g)

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
		for _, d := range b.days(c.filter) {
			got = append(got, at{d.Book.Model, indexOf(d.Ref.Date)})
		}
		assert.Equal(b.t, c.want, got, name)
	}

	full := b.days(sim.DayFilter{Experiment: experiment})
	for i, d := range b.days(sim.DayFilter{Experiment: experiment, BooksOnly: true}) {
		want := full[i]
		want.Entries, want.Opening, want.Session.ToolUsage = nil, sim.Ledger{}, nil
		assert.Equal(b.t, want, d)
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
	{"messages are read back in order, whatever they say", func(b *bench) {
		at := start.Add(time.Hour)
		var messages []sim.Message
		for i, text := range []string{
			"", " ", "\n\t\r\n", "plain", "'; DROP TABLE jobs; --", `{"json": "with \"quotes\" and \\ and \u0000"}`, "a\x00b",
			"日本語 العربية עברית 🚀👩‍👩‍👧‍👦 e\u0301", "\u202Eright to left\u202C \uFEFF \uFFFD", strings.Repeat("long ", 60_000), "<b>&amp;</b>",
		} {
			messages = append(messages,
				sim.Message{Step: i, Role: "assistant", Content: text, Reasoning: text, Timestamp: at, Usage: &sim.Usage{}},
				sim.Message{Step: i, Role: "tool", Content: text, ToolName: text, ToolCallID: text, Arguments: text, AsOf: dates[i%3]},
			)
		}
		b.create("j1", plan(0, 1, "a", "b"))
		g := b.claim("j1", "a", dates[0])
		d := b.day(g)
		d.Session.Summary = "a\x00b 🚀"
		b.ok(b.Store.Commit(b.ctx, g, d, messages))
		b.close("j1", "b", dates[0])
		got, err := b.again().Store.Transcript(b.ctx, d.Book, d.Ref)
		b.ok(err)
		assert.Equal(b.t, messages, got)
		assert.Equal(b.t, d.Session.Summary, b.days(sim.DayFilter{JobID: "j1", Model: "a"})[0].Session.Summary)
	}},
	{"a long conversation is read back whole", func(b *bench) {
		b.create("j1", plan(0, 1, "a"))
		g := b.claim("j1", "a", dates[0])
		var messages []sim.Message
		for i := range 1_000 {
			messages = append(messages, sim.Message{Step: i / 3, Role: "tool", Content: strings.Repeat("x", i), ToolName: "get_price",
				Timestamp: start.Add(time.Duration(i))})
		}
		d := b.day(g)
		b.ok(b.Store.Commit(b.ctx, g, d, messages))
		got, err := b.Store.Transcript(b.ctx, d.Book, d.Ref)
		b.ok(err)
		assert.Equal(b.t, messages, got)
	}},
	{"a refused commit leaves no transcript", func(b *bench) {
		b.create("j1", plan(0, 1, "a"))
		old := b.claim("j1", "a", dates[0])
		b.pass(2 * leaseTime)
		g := b.claim("j1", "a", dates[0])
		b.refused(sim.KindFenced, b.Store.Commit(b.ctx, old, b.day(old), transcript(old)))
		d := b.commit(g)
		got, err := b.Store.Transcript(b.ctx, d.Book, d.Ref)
		b.ok(err)
		assert.Equal(b.t, transcript(g), got)
	}},
	{"the transcript of a day that is not closed is not found", func(b *bench) {
		b.create("j1", plan(0, 1, "a"))
		d := b.close("j1", "a", dates[0])
		for _, ref := range []sim.DayRef{{}, {Date: dates[1]}, {Date: dates[0], Generation: 1}} {
			_, err := b.Store.Transcript(b.ctx, d.Book, ref)
			b.refused(sim.KindNotFound, err)
		}
		_, err := b.Store.Transcript(b.ctx, sim.BookKey{Experiment: "other", Model: "a"}, d.Ref)
		b.refused(sim.KindNotFound, err)
	}},
}
