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
	// Budget bounds the cost of all models of the job; 0: no bound.
	Budget Money `json:"budget_usd,omitempty"`
	// ReplayOf is the job whose sessions are replayed instead of asking providers.
	ReplayOf string `json:"replay_of,omitempty"`
	// RescoreOf is the job whose orders are executed again, under these costs.
	RescoreOf string `json:"rescore_of,omitempty"`
	// News is where the models can search for news.
	News NewsSettings `json:"news,omitzero"`
	// Prices is where missing bars are requested.
	Prices PriceSource `json:"prices,omitzero"`
	// MCPServers are external servers whose tools join the sessions.
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

// ModelSpec is one configured model, without its API key.
type ModelSpec struct {
	Signature string `json:"signature"`
	Name      string `json:"name"`
	BaseModel string `json:"basemodel"`
	BaseURL   string `json:"openai_base_url,omitempty"`
	// APIVersion is the version of Azure's API; "": the provider's API has none.
	APIVersion string `json:"api_version,omitempty"`

	Params map[string]any `json:"params,omitempty"`
	Prompt string         `json:"prompt,omitempty"`
	// Price is the price of its tokens; nil: not known. Budget bounds its cost in one
	// job; 0: no bound.
	Price  *TokenPrice `json:"price,omitempty"`
	Budget Money       `json:"budget_usd,omitempty"`
}

// Offline reports whether the model needs no provider: it is built in, or replays a
// recording.
func (m ModelSpec) Offline() bool {
	return strings.HasPrefix(m.BaseModel, BuiltinPrefix) || strings.HasPrefix(m.BaseModel, RecordedPrefix)
}

// Prefixes of base models that need no provider.
const (
	BuiltinPrefix  = "builtin/"
	RecordedPrefix = "recorded/"
)

// OutputParams are the names by which providers know the maximum number of tokens of
// an answer.
var OutputParams = []string{"max_completion_tokens", "max_tokens"}

// MaxOutput returns the maximum number of tokens of one answer; ok is false when the
// parameters do not set it.
func (m ModelSpec) MaxOutput() (tokens int64, ok bool) {
	for _, name := range OutputParams {
		if v, isNumber := m.Params[name].(float64); isNumber && v >= 1 && v < 1<<53 {
			return int64(v), true
		}
	}
	return 0, false
}

// SpendingLimits returns the bounds on the calls of a model.
func (s Settings) SpendingLimits(m ModelSpec) SpendingLimits {
	return SpendingLimits{Job: TokenCostOf(s.Budget), Model: TokenCostOf(m.Budget)}
}

// Budgeted reports whether the job, or one of its models, has a budget.
func (s Settings) Budgeted() bool {
	for _, m := range s.Models {
		if s.SpendingLimits(m) != (SpendingLimits{}) {
			return true
		}
	}
	return false
}

// CheckBudget refuses a budget that cannot be enforced, because a model has no price
// or its answers have no bound.
func (s Settings) CheckBudget() error {
	for _, m := range s.Models {
		if m.Offline() || s.SpendingLimits(m) == (SpendingLimits{}) {
			continue
		}
		if m.Price == nil {
			return Errorf(KindInvalid, "model %q has no price, and a budget needs models[].price of every model that it pays for", m.Signature)
		}
		if _, ok := m.MaxOutput(); !ok {
			return Errorf(KindInvalid, "the answers of model %q have no bound, and a budget needs params.max_tokens, "+
				"or max_completion_tokens, of every model that it pays for", m.Signature)
		}
	}
	return nil
}

// Configuration is what a trigger needs of a configuration.
type Configuration interface {
	// Settings returns the settings of a job with these models; no signature means
	// all enabled models. Kind invalid_request: a signature is unknown.
	Settings(signatures []string) (Settings, error)
	// InitDate is the first date of a model without history; zero: the end date.
	InitDate() Date
}

// The sources of [NewsSettings].
const (
	NewsAlphaVantage = "alphavantage"
	NewsJina         = "jina"
	NewsFile         = "file"
)

// NewsSettings say which news the models of a job can search, without any API key.
// The zero value is no news.
type NewsSettings struct {
	Source     string `json:"source"`             // [NewsAlphaVantage] and so on
	BaseURL    string `json:"base_url,omitempty"` // "": the vendor's own
	File       string `json:"file,omitempty"`     // the path or the name of a file
	Days       int    `json:"days,omitempty"`     // how many days back a search goes, for vendors that take it
	MaxResults int    `json:"max_results"`        // in one answer
}

// PriceSource says where missing prices are requested, without any API key. The zero
// value is nowhere.
type PriceSource struct {
	Source  string `json:"source"`             // the vendor, as the configuration names it
	BaseURL string `json:"base_url,omitempty"` // "": the vendor's own
	// PerMinute is the rate limit, in requests per minute.
	PerMinute int `json:"requests_per_minute"`
}

// MCPServer is an external server of tools. Nothing keeps its answers to the date of
// a session.
type MCPServer struct {
	Name  string   `json:"name"`
	URL   string   `json:"url"`
	Tools []string `json:"tools,omitempty"` // empty: all of them
}

// outside separates the name of such a server from the name of its tool.
const outside = "__"

// OutsideTool returns the name by which a tool of an [MCPServer] joins a session.
func OutsideTool(server, tool string) string { return server + outside + tool }

// IsOutside reports whether a tool is of an [MCPServer].
func IsOutside(tool string) bool { return strings.Contains(tool, outside) }
