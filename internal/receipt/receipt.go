// Package receipt writes down what a job did, so that anybody can check it: the
// settings, and for each book its days with opening ledger, decisions, entries and
// closing ledger, hashed in a chain. What differs between two runs that did the
// same is left out of the hashes: the id of the job and its experiment, attempts, times, durations,
// and the names by which a store calls the states of its prices. The prices that
// mattered stand in the entries.
//
// A hash is SHA-256 over compact JSON with the fields in the order of the types
// here, keys of maps sorted, characters as they are, and amounts as exact decimals.
package receipt

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"aitrader/internal/sim"
)

// Format is the version of the format, part of every hash.
const Format = 1

// Receipt is what a job did.
type Receipt struct {
	Format int     `json:"format" doc:"The version of the format, part of every hash."`
	Terms  Terms   `json:"terms" doc:"What the job ran under."`
	Books  []Chain `json:"books" doc:"What the job did, by model."`
	Hash   string  `json:"hash" doc:"SHA-256, hexadecimal, of the terms and the last hash of each book."`
}

// Terms are what the job ran under.
type Terms struct {
	Dates       []sim.Date       `json:"dates" doc:"The dates of the job."`
	Benchmark   string           `json:"benchmark" doc:"The ticker of the benchmark."`
	Universe    []string         `json:"universe" doc:"What can be traded; empty: all symbols with bars but the benchmark."`
	InitialCash sim.Money        `json:"initial_cash" doc:"USD that a new book begins with."`
	Costs       sim.TradingCosts `json:"costs" doc:"What trades cost."`
	Fractional  bool             `json:"fractional_shares" doc:"Whether parts of shares can be traded."`
	MaxSteps    int              `json:"max_steps" doc:"The most completions in a session."`
	Models      []Contestant     `json:"models" doc:"The models as they were asked."`
}

// Contestant is a model as it was asked, without its address and keys.
type Contestant struct {
	Signature string         `json:"signature" doc:"The name of the book."`
	BaseModel string         `json:"basemodel" doc:"The model of the provider."`
	Params    map[string]any `json:"params" doc:"What was sent with each request."`
	Prompt    string         `json:"prompt" doc:"What was added to the instructions."`
}

// Chain is what the job did in one book.
type Chain struct {
	Model string `json:"model" doc:"The signature."`
	Days  []Day  `json:"days" doc:"The closed days, in order."`
}

// Day is one closed day.
type Day struct {
	Date       sim.Date    `json:"date" doc:"The trading date."`
	Prev       *sim.Date   `json:"prev,omitempty" doc:"The book's closed day before; not there on its first."`
	Opening    sim.Ledger  `json:"opening" doc:"Cash and shares before the day."`
	Decisions  Decisions   `json:"decisions" doc:"The tool calls of the session, with what they answered."`
	Entries    []sim.Entry `json:"entries" doc:"Corporate actions, then fills."`
	Closing    sim.Ledger  `json:"closing" doc:"Cash and shares after the day."`
	StopReason string      `json:"stop_reason" doc:"Why the session ended."`
	Hash       string      `json:"hash" doc:"SHA-256, hexadecimal, of the fields above and the hash of the day before; for the first one, of the terms."`
	Prices     string      `json:"prices_version" doc:"The store's own name for the prices of the day. No hash covers it."`
}

// Decisions are the tool calls of a session, with what they answered.
type Decisions struct {
	Calls int    `json:"calls" doc:"How many."`
	Hash  string `json:"sha256" doc:"SHA-256, hexadecimal, of step, tool, arguments, answer and as_of of each."`
}

// call is what counts of a message.
type call struct {
	Step      int      `json:"step"`
	Tool      string   `json:"tool"`
	Arguments string   `json:"arguments"`
	Answer    string   `json:"answer"`
	AsOf      sim.Date `json:"as_of"`
}

// TermsOf returns what a job ran under.
func TermsOf(job sim.Job) Terms {
	s := job.Settings
	t := Terms{
		Dates: job.Plan.Dates, Benchmark: s.Benchmark, Universe: append([]string{}, s.Universe...), InitialCash: s.InitialCash,
		Costs: s.Costs, Fractional: s.Fractional, MaxSteps: s.MaxSteps, Models: []Contestant{},
	}
	for _, m := range s.Models {
		params := map[string]any{}
		maps.Copy(params, m.Params)
		t.Models = append(t.Models, Contestant{Signature: m.Signature, BaseModel: m.BaseModel, Params: params, Prompt: m.Prompt})
	}
	slices.SortFunc(t.Models, func(a, b Contestant) int { return strings.Compare(a.Signature, b.Signature) })
	return t
}

// DayOf returns what a receipt says of a day and its transcript.
func DayOf(d sim.Day, transcript []sim.Message) Day {
	calls := []call{}
	for _, m := range transcript {
		if m.ToolName != "" {
			calls = append(calls, call{m.Step, m.ToolName, m.Arguments, m.Content, m.AsOf})
		}
	}
	out := Day{
		Date: d.Ref.Date, Opening: d.Opening.Clone(), Decisions: Decisions{len(calls), digest(calls)},
		Entries: append([]sim.Entry{}, d.Entries...), Closing: d.Closing.Clone(), StopReason: string(d.Session.StopReason), Prices: d.Prices,
	}
	if !d.Prev.IsZero() {
		out.Prev = &d.Prev.Date
	}
	return out
}

// Seal sorts the books and fills in all hashes.
func Seal(terms Terms, books []Chain) Receipt {
	r := Receipt{Format: Format, Terms: terms, Books: books}
	slices.SortFunc(r.Books, func(a, b Chain) int { return strings.Compare(a.Model, b.Model) })
	first := r.first()
	for i := range r.Books {
		last := first
		for k := range r.Books[i].Days {
			last = r.Books[i].Days[k].hash(last)
			r.Books[i].Days[k].Hash = last
		}
	}
	r.Hash = r.total()
	return r
}

// first is the hash that the chain of each book begins with.
func (r Receipt) first() string {
	return digest(struct {
		Format int   `json:"format"`
		Terms  Terms `json:"terms"`
	}{r.Format, r.Terms})
}

// hash is the hash of a day after another one.
func (d Day) hash(before string) string {
	d.Hash, d.Prices = before, ""
	return digest(d)
}

// total is the hash of the whole, from those of the books' last days.
func (r Receipt) total() string {
	type end struct {
		Model string `json:"model"`
		Hash  string `json:"hash"`
	}
	first := r.first()
	ends := []end{{"", first}}
	for _, b := range r.Books {
		last := first
		if n := len(b.Days); n > 0 {
			last = b.Days[n-1].Hash
		}
		ends = append(ends, end{b.Model, last})
	}
	return digest(ends)
}

// digest hashes the JSON of a value of this package, which can always be written.
func digest(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("receipt: " + err.Error())
	}
	sum := sha256.Sum256(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
	return hex.EncodeToString(sum[:])
}
