// Package receipt records what a job did, so that anyone can check it: the settings,
// and for each book its days with opening ledger, decisions, entries and closing
// ledger, in a hash chain.
//
// The hashes leave out whatever differs between two runs that did the same: the id
// and the experiment of the job, attempts, times, durations, and a store's names for
// states of its prices. The prices that mattered are in the entries.
//
// A hash is SHA-256 over compact JSON, with fields in the order of the types here,
// sorted keys of maps, unescaped characters, and amounts as exact decimals.
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
	Terms  Terms   `json:"terms" doc:"The settings of the job."`
	Books  []Chain `json:"books" doc:"The days of the job, by model."`
	Hash   string  `json:"hash" doc:"SHA-256, hexadecimal, of the terms and the last hash of each book."`
}

// Terms are the settings that a job ran under.
type Terms struct {
	Dates       []sim.Date       `json:"dates" doc:"The dates of the job."`
	Benchmark   string           `json:"benchmark" doc:"The ticker of the benchmark."`
	Universe    []string         `json:"universe" doc:"Tradable symbols; empty: all with bars but the benchmark."`
	InitialCash sim.Money        `json:"initial_cash" doc:"USD that a new book starts with."`
	Costs       sim.TradingCosts `json:"costs" doc:"Trading costs."`
	Fractional  bool             `json:"fractional_shares" doc:"Whether fractions of shares can be traded."`
	MaxSteps    int              `json:"max_steps" doc:"The largest number of completions per session."`
	Models      []Contestant     `json:"models" doc:"The models, sorted by signature."`
}

// Contestant is a model of a job, without its address and keys.
type Contestant struct {
	Signature string         `json:"signature" doc:"The name of the book."`
	BaseModel string         `json:"basemodel" doc:"What runs it: a provider's model, builtin/NAME or recorded/PATH."`
	Params    map[string]any `json:"params" doc:"Parameters of every request."`
	Prompt    string         `json:"prompt" doc:"What replaces the strategy part of the prompt."`
}

// Chain holds the days of one book.
type Chain struct {
	Model string `json:"model" doc:"The signature of the model."`
	Days  []Day  `json:"days" doc:"The closed days, in order."`
}

// Day is one closed day.
type Day struct {
	Date       sim.Date    `json:"date" doc:"The trading date."`
	Prev       *sim.Date   `json:"prev,omitempty" doc:"The book's previous closed day; absent on its first."`
	Opening    sim.Ledger  `json:"opening" doc:"Cash and shares before the day."`
	Decisions  Decisions   `json:"decisions" doc:"The tool calls of the session and their answers."`
	Entries    []sim.Entry `json:"entries" doc:"Corporate actions, then fills."`
	Closing    sim.Ledger  `json:"closing" doc:"Cash and shares after the day."`
	StopReason string      `json:"stop_reason" doc:"Why the session ended."`
	Hash       string      `json:"hash" doc:"SHA-256, hexadecimal, of the fields above and the previous hash; first that of the terms."`
	Prices     string      `json:"prices_version" doc:"The store's name for the prices of the day; no hash covers it."`
}

// Decisions are the tool calls of a session and their answers.
type Decisions struct {
	Calls int    `json:"calls" doc:"The number of calls."`
	Hash  string `json:"sha256" doc:"SHA-256, hexadecimal, of step, tool, arguments, answer and as_of of each call."`
}

// call is the part of a message that a hash covers.
type call struct {
	Step      int      `json:"step"`
	Tool      string   `json:"tool"`
	Arguments string   `json:"arguments"`
	Answer    string   `json:"answer"`
	AsOf      sim.Date `json:"as_of"`
}

// TermsOf returns the settings that a job ran under.
func TermsOf(job sim.Job) Terms {
	s := job.Settings
	t := Terms{
		Dates:       job.Plan.Dates,
		Benchmark:   s.Benchmark,
		Universe:    append([]string{}, s.Universe...),
		InitialCash: s.InitialCash,
		Costs:       s.Costs,
		Fractional:  s.Fractional,
		MaxSteps:    s.MaxSteps,
		Models:      []Contestant{},
	}
	for _, m := range s.Models {
		params := map[string]any{}
		maps.Copy(params, m.Params)
		t.Models = append(t.Models, Contestant{Signature: m.Signature, BaseModel: m.BaseModel, Params: params, Prompt: m.Prompt})
	}
	slices.SortFunc(t.Models, func(a, b Contestant) int { return strings.Compare(a.Signature, b.Signature) })
	return t
}

// DayOf returns the part of a day and its transcript that a receipt records.
func DayOf(d sim.Day, transcript []sim.Message) Day {
	calls := []call{}
	for _, m := range transcript {
		if m.ToolName != "" {
			calls = append(calls, call{m.Step, m.ToolName, m.Arguments, m.Content, m.AsOf})
		}
	}
	recorded := Day{
		Date:       d.Ref.Date,
		Opening:    d.Opening.Clone(),
		Decisions:  Decisions{len(calls), digest(calls)},
		Entries:    append([]sim.Entry{}, d.Entries...),
		Closing:    d.Closing.Clone(),
		StopReason: string(d.Session.StopReason),
		Prices:     d.Prices,
	}
	if !d.Prev.IsZero() {
		recorded.Prev = &d.Prev.Date
	}
	return recorded
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

// first is the hash of the terms, which the chain of every book starts from.
func (r Receipt) first() string {
	return digest(struct {
		Format int   `json:"format"`
		Terms  Terms `json:"terms"`
	}{r.Format, r.Terms})
}

// hash is the hash of a day, given that of the day before.
func (d Day) hash(before string) string {
	d.Hash, d.Prices = before, ""
	return digest(d)
}

// total is the hash of the receipt, over the last hash of every book.
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

// digest hashes the JSON of a value of this package, which always has one.
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
