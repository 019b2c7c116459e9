package sim

import (
	"slices"
	"strings"
	"time"
)

// Settings are the resolved configuration of a job, without any secret.
type Settings struct {
	Config      string       `json:"config"` // the name of the configuration
	Models      []ModelSpec  `json:"models"` // in the order of the configuration
	Benchmark   string       `json:"benchmark"`
	Universe    []string     `json:"universe,omitempty"` // empty: all symbols with bars but the benchmark
	InitialCash Money        `json:"initial_cash"`
	Costs       TradingCosts `json:"costs"`
	Fractional  bool         `json:"fractional_shares"`
	MaxSteps    int          `json:"max_steps"`
	MaxRetries  int          `json:"max_retries"`
	BaseDelay   Seconds      `json:"base_delay"`
	CallTimeout Seconds      `json:"timeout_seconds"`
	MaxParallel int          `json:"max_parallel"`
	// Budget is the most that all models of the job may cost; 0: no bound.
	Budget Money `json:"budget_usd,omitempty"`
	// ReplayOf is the job whose sessions are played back instead of asking providers.
	ReplayOf string `json:"replay_of,omitempty"`
	// RescoreOf is the job whose orders are given again, under these costs.
	RescoreOf string `json:"rescore_of,omitempty"`
	// News are what the models can search besides the prices.
	News NewsSettings `json:"news,omitzero"`
	// Prices are where bars come from that are not there yet.
	Prices PriceSource `json:"prices,omitzero"`
	// MCPServers are somebody else's servers whose tools join the sessions.
	MCPServers []MCPServer `json:"mcp_servers,omitempty"`
}

// Model returns the specification of a signature.
func (s Settings) Model(signature string) (ModelSpec, bool) {
	i := slices.IndexFunc(s.Models, func(m ModelSpec) bool { return m.Signature == signature })
	if i < 0 {
		return ModelSpec{}, false
	}
	return s.Models[i], true
}

// Seconds is a duration that JSON writes as a number of seconds.
type Seconds float64

// Duration returns the duration.
func (s Seconds) Duration() time.Duration { return time.Duration(float64(s) * float64(time.Second)) }

// ModelSpec is one configured contestant, without its key.
type ModelSpec struct {
	Signature string         `json:"signature"`
	Name      string         `json:"name"`
	BaseModel string         `json:"basemodel"`
	BaseURL   string         `json:"openai_base_url,omitempty"`
	Params    map[string]any `json:"params,omitempty"`
	Prompt    string         `json:"prompt,omitempty"`
	// Price is what its tokens cost; nil: not known. Budget is the most that it may
	// cost in one job; 0: no bound.
	Price  *TokenPrice `json:"price,omitempty"`
	Budget Money       `json:"budget_usd,omitempty"`
}

// Offline reports whether the model needs no provider: it is built in, or plays a
// recording.
func (m ModelSpec) Offline() bool {
	return strings.HasPrefix(m.BaseModel, BuiltinPrefix) || strings.HasPrefix(m.BaseModel, RecordedPrefix)
}

// Prefixes of base models that need no provider.
const (
	BuiltinPrefix  = "builtin/"
	RecordedPrefix = "recorded/"
)

// outputParams are the names under which providers know the most tokens of an
// answer.
var outputParams = []string{"max_completion_tokens", "max_tokens"}

// MaxOutput returns the most tokens that one answer of the model may have; ok is
// false when its parameters do not say.
func (m ModelSpec) MaxOutput() (tokens int64, ok bool) {
	for _, name := range outputParams {
		if v, isNumber := m.Params[name].(float64); isNumber && v >= 1 && v < 1<<53 {
			return int64(v), true
		}
	}
	return 0, false
}

// SpendingLimits returns what bounds the calls of a model.
func (s Settings) SpendingLimits(m ModelSpec) SpendingLimits {
	return SpendingLimits{Job: TokenCostOf(s.Budget), Model: TokenCostOf(m.Budget)}
}

// Budgeted reports whether anything bounds what the job may spend.
func (s Settings) Budgeted() bool {
	for _, m := range s.Models {
		if s.SpendingLimits(m) != (SpendingLimits{}) {
			return true
		}
	}
	return false
}

// CheckBudget refuses a budget that cannot be kept, because a model has no price
// or its answers no bound.
func (s Settings) CheckBudget() error {
	for _, m := range s.Models {
		if m.Offline() || s.SpendingLimits(m) == (SpendingLimits{}) {
			continue
		}
		if m.Price == nil {
			return Errorf(KindInvalid, "model %q has no price, and a budget needs models[].price of every model that it pays for", m.Signature)
		}
		if _, ok := m.MaxOutput(); !ok {
			return Errorf(KindInvalid, "the answers of model %q have no bound, and a budget needs params.max_tokens, or max_completion_tokens, of every model that it pays for", m.Signature)
		}
	}
	return nil
}

// NewsSettings say which news the models of a job can search, without any key.
// The zero value is none.
type NewsSettings struct {
	Source     string `json:"source"`             // alphavantage, jina or file
	BaseURL    string `json:"base_url,omitempty"` // "": the vendor's own
	File       string `json:"file,omitempty"`     // the path or the name of a file
	Days       int    `json:"days,omitempty"`     // how many days back are searched, where a vendor can be told
	MaxResults int    `json:"max_results"`        // in one answer
}

// PriceSource say where the prices that are missing come from, without any key.
// The zero value is nowhere.
type PriceSource struct {
	Source  string `json:"source"`             // alphavantage, polygon or stooq
	BaseURL string `json:"base_url,omitempty"` // "": the vendor's own
	// PerMinute bounds the requests of a minute.
	PerMinute int `json:"requests_per_minute"`
}

// MCPServer is a server of tools that is not part of this program. Nothing keeps
// what it says to the date of a session.
type MCPServer struct {
	Name  string   `json:"name"`
	URL   string   `json:"url"`
	Tools []string `json:"tools,omitempty"` // empty: all that it offers
}

// outside separates the name of such a server from that of its tool.
const outside = "__"

// OutsideTool is the name under which a tool of an [MCPServer] joins a session.
func OutsideTool(server, tool string) string { return server + outside + tool }

// IsOutside reports whether a tool is of an [MCPServer].
func IsOutside(tool string) bool { return strings.Contains(tool, outside) }
