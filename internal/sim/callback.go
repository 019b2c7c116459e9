package sim

import "time"

// CallbackURL is the address that is called at the end of a job. It is a secret:
// with it anyone can do what it authorizes, such as resume a flow of another program.
// It prints as "[url]", also inside other values, as text and as JSON; only a
// conversion to string reveals it.
type CallbackURL string

// String returns "[url]", or "" for no address.
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

// Callback is a call at the end of a job that is still to be delivered.
type Callback struct {
	JobID string
	URL   CallbackURL
	// Attempts counts the deliveries that have failed, and NextAt is when the next
	// one is due; zero: at the end of the job.
	Attempts int
	NextAt   time.Time
}
