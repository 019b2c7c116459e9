package api

import (
	"encoding/json"
	"slices"
)

// ProblemType is the media type of a [Problem].
const ProblemType = "application/problem+json"

// Problem is the answer to a request that failed (RFC 9457). Two members of our own
// repeat the kind and the text for callers who look for them.
type Problem struct {
	_       struct{} `additionalProperties:"true"`
	Type    string   `json:"type" doc:"The kind of problem; always about:blank, see error."`
	Title   string   `json:"title" doc:"The name of the HTTP status."`
	Status  int      `json:"status" doc:"The HTTP status code."`
	Detail  string   `json:"detail" doc:"What is wrong, for a person: the place, the value and what is allowed."`
	Code    string   `json:"error" doc:"A stable code for programs."`
	Message string   `json:"message" doc:"The same text as detail."`

	// Fields are further members, such as job_id and current_job_id.
	Fields map[string]any `json:"-"`
}

// Error returns the text for a person.
func (p *Problem) Error() string { return p.Message }

// GetStatus returns the HTTP status code.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType returns the media type, whichever was negotiated.
func (p *Problem) ContentType(string) string { return ProblemType }

// MarshalJSON writes the named members, and then the fields, sorted.
func (p *Problem) MarshalJSON() ([]byte, error) {
	type plain Problem
	named, err := json.Marshal((*plain)(p))
	if err != nil || len(p.Fields) == 0 {
		return named, err
	}
	more, err := json.Marshal(p.Fields)
	if err != nil {
		return nil, err
	}
	return slices.Concat(named[:len(named)-1], []byte(","), more[1:]), nil
}
