package engine

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"aitrader/internal/sim"
)

const (
	defaultConfig     = "default"
	defaultExperiment = "main"
	maxExperiment     = 40  // characters
	maxIdempotencyKey = 255 // bytes
	// idempotencyTTL is how long a request is remembered by its key.
	idempotencyTTL = 24 * time.Hour
)

// normalise fills in the defaults of a request, and refuses an invalid one.
func normalise(r sim.TriggerRequest) (sim.TriggerRequest, error) {
	if rep, ok := repetitionOf(r); ok {
		if err := rep.check(r); err != nil {
			return r, err
		}
		r.Experiment = cmp.Or(r.Experiment, rep.experiment())
	} else if r.Costs != nil {
		return r, sim.Errorf(sim.KindInvalid, "costs are for rescore_of; a new job takes them from its configuration")
	}
	if r.Config == "" {
		r.Config = defaultConfig
	}
	if r.Experiment == "" {
		r.Experiment = defaultExperiment
	}
	if !validExperiment(r.Experiment) {
		return r, sim.Errorf(sim.KindInvalid, "experiment %q: 1 to %d of a-z, 0-9 and - are allowed", r.Experiment, maxExperiment)
	}
	if len(r.IdempotencyKey) > maxIdempotencyKey {
		return r, sim.Errorf(sim.KindInvalid,
			"Idempotency-Key: %d characters, and at most %d are allowed", len(r.IdempotencyKey), maxIdempotencyKey)
	}
	seen := map[string]bool{}
	for _, m := range r.Models {
		if seen[m] {
			return r, sim.Errorf(sim.KindInvalid, "models: %q is named twice", m)
		}
		seen[m] = true
	}
	return r, nil
}

func validExperiment(s string) bool {
	allowed := func(c rune) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' }
	return s != "" && len(s) <= maxExperiment && strings.IndexFunc(s, func(c rune) bool { return !allowed(c) }) < 0
}

// requestHash identifies the work that a request asks for. The order of its models
// and its callback do not matter.
func requestHash(r sim.TriggerRequest) string {
	r.Models, r.CallbackURL = slices.Sorted(slices.Values(r.Models)), ""
	return hash(r)
}

// bodyHash identifies the whole body of a request.
func bodyHash(r sim.TriggerRequest) string {
	switch {
	case r.DryRun:
		return hash([]string{requestHash(r), string(r.CallbackURL), "dry run"})
	case r.CallbackURL != "":
		return hash([]string{requestHash(r), string(r.CallbackURL)})
	}
	return requestHash(r)
}

// idempotency returns the stored form of a request's idempotency key; the zero value
// for none. Each caller has keys of its own.
func (j *Jobs) idempotency(r sim.TriggerRequest) sim.IdempotencyKey {
	if r.IdempotencyKey == "" {
		return sim.IdempotencyKey{}
	}
	return sim.IdempotencyKey{
		Key:     hash([]string{r.Caller, r.IdempotencyKey}),
		Request: bodyHash(r),
		Expires: j.Now().Add(idempotencyTTL),
	}
}

// hash returns the SHA-256 of a value's JSON, in hexadecimal.
func hash(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("engine: cannot hash %T: %v", v, err)) // plain data only
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
