package sim

import "time"

// CallbackURL is where somebody wants to be told of the end of a job. It is a
// secret: whoever has it can do what it stands for, such as going on with another
// program's work. It prints as "[url]", also inside of other values, as text and
// as JSON; only a conversion to string gives it away.
type CallbackURL string

// String returns "[url]", or "" for none.
func (u CallbackURL) String() string {
	if u == "" {
		return ""
	}
	return "[url]"
}

// GoString returns what String returns.
func (u CallbackURL) GoString() string { return u.String() }

// MarshalText writes what String returns.
func (u CallbackURL) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// Callback is an address that is still to be told of the end of a job.
type Callback struct {
	JobID string
	URL   CallbackURL
	// Attempts counts the deliveries that have failed, and NextAt is when the next
	// one is due; zero: at the end of the job.
	Attempts int
	NextAt   time.Time
}
