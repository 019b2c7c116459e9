package dynamo

import (
	"fmt"
	"strings"

	"aitrader/internal/sim"
)

// key names an item.
type key struct{ pk, sk string }

// segment escapes a name as one segment of a key. The last segment of a key stays as it
// is, so that items sort by it.
func segment(name string) string {
	return strings.NewReplacer("%", "%25", "#", "%23").Replace(name)
}

func jobPartition(id string) string           { return "JOB#" + id }
func bookPartition(b sim.BookKey) string      { return "BOOK#" + segment(b.Experiment) + "#" + b.Model }
func headsPartition(experiment string) string { return "EXP#" + experiment }
func logPartition(jobID, model string) string { return "LOG#" + segment(jobID) + "#" + model }
func metaKey(id string) key                   { return key{jobPartition(id), "META"} }
func planKey(id string) key                   { return key{jobPartition(id), "PLAN"} }
func experimentKey(experiment string) key     { return key{experimentsPartition, "EXP#" + experiment} }
func headKey(b sim.BookKey) key               { return key{headsPartition(b.Experiment), headPrefix + b.Model} }
func idempotencyKey(k string) key             { return key{"IDEM#" + k, "REQUEST"} }
func barsKey(d sim.Date, importID string) key {
	return key{marketPartition, "BARS#" + d.String() + "#" + importID}
}
func actionsKey(importID string) key { return key{marketPartition, "ACTIONS#" + importID} }
func listKey(j sim.Job) key          { return key{jobsPartition, sim.CursorOf(j).String()} }

const (
	jobsPartition        = "JOBS"
	experimentsPartition = "EXPERIMENTS"
	marketPartition      = "MARKET"
	headPrefix           = "HEAD#"
)

var versionKey = key{marketPartition, "VERSION"}

func modelDayKey(k sim.ModelDayKey) key {
	return key{jobPartition(k.JobID), "MD#" + k.Date.String() + "#" + k.Model}
}

func dayKey(b sim.BookKey, ref sim.DayRef) key {
	return key{bookPartition(b), fmt.Sprintf("DAY#%s#%06d", ref.Date, ref.Generation)}
}

func logKey(k sim.ModelDayKey, fence int64) key {
	return key{logPartition(k.JobID, k.Model), fmt.Sprintf("%s#%012d", k.Date, fence)}
}

// span is the range of sk from one text to another, both included, under a pk.
// No item has a key that ends with after, so that it can close a range.
type span struct {
	pk, from, to string
	backward     bool
	// limit is how many items the caller reads; 0: all.
	limit int
}

// after follows the separator of the segments of a key: "MD#" to "MD"+after is
// everything that begins with "MD#".
const after = "$"

// under is all items of a partition with a prefix that ends with "#".
func under(pk, prefix string) span {
	return span{pk: pk, from: prefix, to: strings.TrimSuffix(prefix, "#") + after}
}

// dated is all items of a partition with a prefix and a date from one to another, both
// included; a zero date sets no bound.
func dated(pk, prefix string, from, to sim.Date) span {
	s := under(pk, prefix)
	if !from.IsZero() {
		s.from = prefix + from.String()
	}
	if !to.IsZero() {
		s.to = prefix + to.String() + after
	}
	return s
}

func modelDays(jobID string, from, to sim.Date) span {
	return dated(jobPartition(jobID), "MD#", from, to)
}

func days(b sim.BookKey, from, to sim.Date) span {
	return dated(bookPartition(b), "DAY#", from, to)
}
