package sim

// Usage counts tokens. Cached is a part of Input, Reasoning a part of Output.
type Usage struct {
	Input     int64 `json:"input"`
	Output    int64 `json:"output"`
	Cached    int64 `json:"cached"`
	Reasoning int64 `json:"reasoning"`
}

// Add returns the sum.
func (u Usage) Add(o Usage) Usage {
	return Usage{u.Input + o.Input, u.Output + o.Output, u.Cached + o.Cached, u.Reasoning + o.Reasoning}
}

// ToolCount counts the calls of one tool, and how many of them were refused.
type ToolCount struct {
	Calls  int `json:"calls"`
	Errors int `json:"errors"`
}
