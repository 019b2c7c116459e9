package httpapi

// ReplicaGroup is a model that ran in several books at once.
type ReplicaGroup struct {
	Model     string  `json:"model" doc:"The signature of the model."`
	Count     int     `json:"count" doc:"How many of its books are on the board."`
	Mean      float64 `json:"mean_return_pct" doc:"Percent: the mean of their returns."`
	Deviation float64 `json:"sd_return_pct" doc:"Percentage points: the sample standard deviation of their returns, ddof 1."`
	Min       float64 `json:"min_return_pct" doc:"Percent: the lowest return."`
	Max       float64 `json:"max_return_pct" doc:"Percent: the highest return."`
}
