package sim

// Usage counts tokens. Cached, which the provider read from its cache, and CacheWrite,
// which it wrote there, are parts of Input; Reasoning is a part of Output.
type Usage struct {
	Input     int64 `json:"input"`
	Output    int64 `json:"output"`
	Cached    int64 `json:"cached"`
	Reasoning int64 `json:"reasoning"`

	CacheWrite int64 `json:"cache_write,omitempty"`
}

// Add returns the sum.
func (u Usage) Add(o Usage) Usage {
	return Usage{
		Input:      u.Input + o.Input,
		Output:     u.Output + o.Output,
		Cached:     u.Cached + o.Cached,
		Reasoning:  u.Reasoning + o.Reasoning,
		CacheWrite: u.CacheWrite + o.CacheWrite,
	}
}

// CachedPct returns the part of the input that the provider read from its cache, in
// percent. ok is false where there was no input.
func (u Usage) CachedPct() (p Percent, ok bool) {
	return PercentOf(Money(u.Input), Money(u.Input+min(u.Cached, u.Input)))
}

// ToolCount counts the calls of one tool, and how many of them were refused.
type ToolCount struct {
	Calls  int `json:"calls"`
	Errors int `json:"errors"`
}
