package httpapi

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"aitrader/internal/api"
	"aitrader/internal/sim"
)

// addUnbegun adds the models to a ranked board that have failed before they closed a
// day, in order of their signatures: figures and tests of the others do not depend on
// them. Failures after the date asked for do not count; without one all count, since the
// board's own date is the last close of other models.
func addUnbegun(board *api.Leaderboard, failed map[string]failedDays, start, asked sim.Date) {
	rank := len(board.Board) + 1
	begun := map[string]bool{}
	for i := range board.Board {
		begun[board.Board[i].Model] = true
	}
	for _, model := range slices.Sorted(maps.Keys(failed)) {
		days := failed[model].upTo(asked)
		if begun[model] || len(days) == 0 {
			continue
		}
		board.Board = append(board.Board, unbegun(rank, model, days, start))
	}
}

// unbegun is the row of a model without a closed day.
func unbegun(rank int, model string, days failedDays, start sim.Date) api.Standing {
	count := "1 model-day has failed"
	if len(days) > 1 {
		count = fmt.Sprintf("%d model-days have failed", len(days))
	}
	why := "no day is closed: " + count
	undefined := api.Reasons{}
	for _, figure := range []string{"portfolio_value", "cumulative_return_pct", "cash", "initial_cash"} {
		undefined[figure] = why
	}
	return api.Standing{
		Rank: rank, Model: model, FailedDays: newTally(nil, days, start, 0).failed, LastError: days.lastError(), Undefined: undefined,
	}
}

// leaderboardCSV is a board as CSV, a row for each model.
func leaderboardCSV(board api.Leaderboard) (answer, error) {
	rows := make([][]string, len(board.Board))
	for i, s := range board.Board {
		rows[i] = []string{
			strconv.Itoa(s.Rank), s.Model, cell(s.Value), cell(s.ReturnPct), cell(s.FirstDate), cell(s.LastDate), cell(s.Cash),
			cell(s.Initial), string(s.ValuedAt), strconv.Itoa(s.BrokenDays), strconv.Itoa(s.FailedDays), s.LastError,
		}
	}
	return csvAnswer([]string{
		"rank", "model", "portfolio_value", "cumulative_return_pct", "first_date", "last_date", "cash", "initial_cash", "valued_at",
		"broken_days", "failed_days", "last_error",
	}, rows, "")
}

// cell is a figure in CSV; empty for null.
func cell[T fmt.Stringer](v *T) string {
	if v == nil {
		return ""
	}
	return (*v).String()
}
