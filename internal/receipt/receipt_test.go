package receipt

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

var (
	wednesday = sim.MustParseDate("2025-10-01")
	thursday  = wednesday.AddDays(1)
)

func job() sim.Job {
	return sim.Job{
		ID: "j-1", Experiment: "main", Plan: sim.Plan{Dates: []sim.Date{wednesday, thursday}},
		Settings: sim.Settings{
			Benchmark: "QQQ", InitialCash: 1000 * sim.Dollar, MaxSteps: 5,
			Models: []sim.ModelSpec{
				{Signature: "b", BaseModel: "x/b", BaseURL: "https://user:canary@example.com", Params: map[string]any{"temperature": 0.2}},
				{Signature: "a", BaseModel: "builtin/cash"},
			},
		},
	}
}

func bought(opening sim.Ledger, d, prev sim.Date) sim.Day {
	closing := opening.Clone()
	buy := sim.Entry{Kind: sim.EntryBuy, Symbol: "AAA", Quantity: 2 * sim.Share, Price: 10 * sim.Dollar}
	if err := closing.Apply(&buy); err != nil {
		panic(err)
	}
	return sim.Day{
		Book:      sim.BookKey{Experiment: "main", Model: "b"},
		Ref:       sim.DayRef{Date: d, Generation: 7},
		Prev:      sim.DayRef{Date: prev},
		JobID:     "j-1",
		Attempt:   3,
		Opening:   opening,
		Entries:   []sim.Entry{buy},
		Closing:   closing,
		Session:   sim.Session{StopReason: sim.StopSignal},
		Prices:    "p1",
		StartedAt: time.Now(),
	}
}

func sealed() Receipt {
	first := bought(sim.NewLedger(1000*sim.Dollar), wednesday, 0)
	second := bought(first.Closing, thursday, wednesday)
	second.Entries = nil
	second.Closing = second.Opening
	transcript := []sim.Message{
		{Role: "assistant", Content: "I buy."},
		{Role: "tool", Step: 1, ToolName: "buy", Arguments: "{}", Content: "ok <&>", Timestamp: time.Now()},
	}
	idle := sim.Day{Ref: sim.DayRef{Date: wednesday}, Opening: sim.Ledger{Cash: 1000 * sim.Dollar}, Closing: sim.NewLedger(1000 * sim.Dollar)}
	return Seal(TermsOf(job()), []Chain{
		{Model: "b", Days: []Day{DayOf(first, transcript), DayOf(second, nil)}},
		{Model: "a", Days: []Day{DayOf(idle, nil)}},
	})
}

func written(t *testing.T, r Receipt) []byte {
	t.Helper()
	text, err := json.Marshal(r)
	require.NoError(t, err)
	return text
}

func TestAReceiptIsSoundAndSurvivesItsFile(t *testing.T) {
	r := sealed()
	assert.Empty(t, Verify(r))
	indented, err := json.MarshalIndent(r, "", "  ")
	require.NoError(t, err)
	for _, text := range [][]byte{written(t, r), indented} {
		back, err := Parse(text)
		require.NoError(t, err)
		assert.Empty(t, Verify(back))
		assert.Equal(t, r.Hash, back.Hash)
	}
	assert.NotContains(t, string(indented), "canary")
	assert.NotContains(t, string(indented), "j-1")
	assert.Equal(t, 1, r.Books[1].Days[0].Decisions.Calls)
}

// What another attempt, store or time of day changes is in no hash.
func TestTheHashesLeaveOutTimesAndNamesOfPrices(t *testing.T) {
	r, again := sealed(), sealed() // at other times
	assert.Equal(t, r.Hash, again.Hash)
	again.Books[0].Days[0].Prices = "p9"
	assert.Equal(t, r.Hash, Seal(again.Terms, again.Books).Hash)
	assert.Empty(t, Compare(r, again))
}

// Every value of a receipt but the names of prices is covered by a hash: verify finds
// every change.
func TestEveryChangeIsFound(t *testing.T) {
	text := string(written(t, sealed()))
	var tree any
	require.NoError(t, json.Unmarshal([]byte(text), &tree))
	changes := 0
	walk(tree, "", func(path string) {
		if strings.HasSuffix(path, ".prices_version") || path == ".format" {
			return
		}
		changed, err := json.Marshal(tree)
		require.NoError(t, err)
		r, err := Parse(changed)
		assert.True(t, err != nil || len(Verify(r)) > 0, path)
		changes++
	})
	assert.Greater(t, changes, 50)
}

// walk changes one value after the other, and calls f while it is changed.
func walk(tree any, path string, f func(path string)) {
	try := func(path string, inner any, set func(any)) {
		if !isLeaf(inner) {
			walk(inner, path, f)
			return
		}
		set(other(inner))
		f(path)
		set(inner)
	}
	switch v := tree.(type) {
	case map[string]any:
		for key, inner := range v {
			try(path+"."+key, inner, func(to any) { v[key] = to })
		}
	case []any:
		for i, inner := range v {
			try(fmt.Sprintf("%s[%d]", path, i), inner, func(to any) { v[i] = to })
		}
	}
}

func isLeaf(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		return len(v) == 0
	case []any:
		return len(v) == 0
	}
	return true
}

func other(v any) any {
	switch v := v.(type) {
	case string:
		if _, err := sim.ParseDate(v); err == nil {
			return "2024-07-01"
		}
		return v + "0"
	case float64:
		return v + 1
	case bool:
		return !v
	case []any:
		return []any{"ZZZ"}
	}
	return map[string]any{"ZZZ": 1}
}

func TestVerifyNamesWhatDiffers(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Receipt)
		want   string
	}{
		"cash": {func(r *Receipt) { r.Books[1].Days[0].Closing.Cash++ },
			"b 2025-10-01: the entries lead to 980 USD in cash and map[AAA:2]"},
		"price": {func(r *Receipt) { r.Books[1].Days[0].Entries[0].Price-- }, "b 2025-10-01: the entries do not fold"},
		"opening": {func(r *Receipt) { r.Books[1].Days[1].Opening.Cash-- },
			"b 2025-10-02: it does not open with the closing ledger of 2025-10-01"},
		"begin":      {func(r *Receipt) { r.Terms.InitialCash++ }, "instead of the initial cash"},
		"gap":        {func(r *Receipt) { r.Books[1].Days = r.Books[1].Days[1:] }, "b 2025-10-02: the hash"},
		"order":      {func(r *Receipt) { d := r.Books[1].Days; d[0], d[1] = d[1], d[0] }, "b 2025-10-01: it comes after 2025-10-02"},
		"stranger":   {func(r *Receipt) { r.Books[1].Model = "c" }, "c: the terms do not name this model"},
		"twice":      {func(r *Receipt) { r.Books[1].Model = "a" }, "or one appears twice"},
		"left out":   {func(r *Receipt) { r.Books = r.Books[:1] }, "hash: "},
		"end of day": {func(r *Receipt) { r.Books[0].Days[0].StopReason = "deadline" }, "a 2025-10-01: the hash"},
	} {
		r := sealed()
		c.change(&r)
		assert.Contains(t, strings.Join(Verify(r), "\n"), c.want, name)
	}
}

func TestCompareNamesTheFirstDifference(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Receipt)
		want   string
	}{
		"terms":     {func(r *Receipt) { r.Terms.MaxSteps++ }, "terms: "},
		"entries":   {func(r *Receipt) { r.Books[1].Days[0].Entries[0].CashAfter++ }, "b 2025-10-01: the entries differ"},
		"opening":   {func(r *Receipt) { r.Books[1].Days[1].Opening.Cash++ }, "b 2025-10-02: the opening ledgers differ"},
		"decisions": {func(r *Receipt) { r.Books[1].Days[0].Decisions.Calls++ }, "b 2025-10-01: the tool calls"},
		"end":       {func(r *Receipt) { r.Books[1].Days[0].StopReason = "x" }, "b 2025-10-01: the stop reasons of the session differ"},
		"days":      {func(r *Receipt) { r.Books[1].Days = r.Books[1].Days[:1] }, "b: 2 days, but 1 in the second"},
		"date":      {func(r *Receipt) { r.Books[1].Days = r.Books[1].Days[1:] }, "b 2025-10-01: the second receipt continues with 2025-10-02"},
		"book":      {func(r *Receipt) { r.Books = r.Books[1:] }, "a: the second receipt lacks this book"},
		"more":      {func(r *Receipt) { r.Books[0].Model = "0" }, "0: the first receipt lacks this book"},
	} {
		other := sealed()
		c.change(&other)
		assert.Contains(t, strings.Join(Compare(sealed(), Seal(other.Terms, other.Books)), "\n"), c.want, name)
	}
}

func TestParseRefusesWhatIsNotAReceipt(t *testing.T) {
	for text, want := range map[string]string{
		`{}`:                        "format 0",
		`[]`:                        "not a receipt",
		`{"format": 1, "extra": 2}`: "extra",
		`{"format": 1} {}`:          "text follows",
		`{"format": 2}`:             "format 2: format 1 is expected",
	} {
		_, err := Parse([]byte(text))
		assert.ErrorContains(t, err, want)
	}
}
