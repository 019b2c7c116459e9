package engine

import "github.com/google/uuid"

// NewJobID returns a new job id. Ids sort by the time of their creation.
func NewJobID() string { return uuid.Must(uuid.NewV7()).String() }
