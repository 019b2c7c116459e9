package download

import (
	"fmt"
	"strings"

	"aitrader/internal/sim"
)

// Report is the result of a fetch.
type Report struct {
	Source string `json:"source"`
	// Put is the sum of the imports; its version is the last one.
	Put       sim.ImportReport `json:"report"`
	Splits    int              `json:"splits"`
	Dividends int              `json:"dividends"`
	// Questions counts the questions, and Failed those without an answer, including
	// those that were not asked.
	Questions int `json:"questions"`
	Failed    int `json:"failed"`
	// Missing counts the bars that the store still lacks.
	Missing  int      `json:"missing"`
	Warnings []string `json:"warnings"`
}

// Came reports whether any bar arrived.
func (r Report) Came() bool {
	return r.Put.Added+r.Put.Unchanged+r.Put.Completed+len(r.Put.Revised) > 0
}

func (r *Report) add(set sim.PriceRows, put sim.ImportReport) {
	r.Put.Version = put.Version
	r.Put.Added += put.Added
	r.Put.Unchanged += put.Unchanged
	r.Put.Completed += put.Completed
	r.Put.Revised = append(r.Put.Revised, put.Revised...)
	r.Splits += len(set.Splits)
	r.Dividends += len(set.Dividends)
}

// failed records a question without an answer.
func (r *run) failed(q Question, err error) {
	r.report.Failed++
	r.warn("%s: %s", q.about(), sim.MessageOf(err))
}

// stop records that the questions from index at on have no answer.
func (r *run) stop(at int, why string) {
	left := len(r.questions) - at
	r.report.Failed += left
	r.warn("%s; %d of %d questions are left (from %s on)", why, left, len(r.questions), r.questions[at].about())
}

func (r *run) warn(format string, args ...any) {
	r.report.Warnings = append(r.report.Warnings, r.vendor.Name()+": "+fmt.Sprintf(format, args...))
}

// maxWarnings bounds the warnings of a fetch, which are stored with a job.
const maxWarnings = 20

// finish completes the report.
func (r *run) finish() Report {
	r.report.Source, r.report.Questions = r.vendor.Name(), len(r.questions)
	var absent []string
	for _, symbol := range r.missing.symbols() {
		for _, d := range r.missing[symbol] {
			if !r.came[absence{symbol, d}] {
				r.report.Missing++
				absent = append(absent, symbol+" "+d.String())
			}
		}
	}
	if len(absent) > 0 && r.report.Failed == 0 {
		r.warn("bars that are not there: %d (%s)", len(absent), shortened(absent))
	}
	var revised []string
	for _, v := range r.report.Put.Revised {
		revised = append(revised, v.Symbol+" "+v.Date.String())
	}
	if len(revised) > 0 {
		r.warn("bars that are different now: %d (%s)", len(revised), shortened(revised))
	}
	if n := len(r.report.Warnings); n > maxWarnings {
		r.report.Warnings = append(r.report.Warnings[:maxWarnings:maxWarnings], fmt.Sprintf("%d more warnings", n-maxWarnings))
	}
	return r.report
}

// shortened joins the first names of a list and counts the rest.
func shortened(names []string) string {
	const maxNames = 10
	if len(names) <= maxNames {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s, and %d more", strings.Join(names[:maxNames], ", "), len(names)-maxNames)
}
