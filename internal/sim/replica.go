package sim

import (
	"strconv"
	"strings"
)

// replicaMark separates the signature of a model from the number of a replica: no
// configured signature has it.
const replicaMark = "~"

// Replica is the signature of a model's nth book in a job; the first is its own.
func Replica(signature string, n int) string {
	if n == 1 {
		return signature
	}
	return signature + replicaMark + strconv.Itoa(n)
}

// ReplicaOf returns the signature of the model whose replica a signature may be.
func ReplicaOf(signature string) string {
	base, _, _ := strings.Cut(signature, replicaMark)
	return base
}

// WithReplicas returns settings in which each model has n books.
func (s Settings) WithReplicas(n int) Settings {
	models := make([]ModelSpec, 0, len(s.Models)*max(n, 1))
	for _, m := range s.Models {
		for i := 1; i <= max(n, 1); i++ {
			copied := m
			copied.Signature = Replica(m.Signature, i)
			models = append(models, copied)
		}
	}
	s.Models = models
	return s
}
