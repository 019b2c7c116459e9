package e2e_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sample"
	"aitrader/internal/sim"
)

// Recordings of runs over the sample market, which has a split, a dividend, a
// halt and a late listing: what a built-in model did, exported and played back.

// sampleDates are the days of the sample market in which all of that happens.
var (
	sampleDates = sample.Dates()[18:44]
	sampleFirst = sampleDates[0].String()
	sampleLast  = sampleDates[len(sampleDates)-1].String()
)

// sampleModels trade once, seldom and often.
var sampleModels = map[string]string{
	"weights": "builtin/equal-weight", "trend": "builtin/momentum?lookback=5&top=3", "dice": "builtin/random?seed=7",
}

// writeSample writes a configuration for the sample market; more are further
// fields of it.
func (s *scene) writeSample(name string, models map[string]string, more map[string]any) {
	s.t.Helper()
	list := []sceneModel{}
	for signature, basemodel := range models {
		list = append(list, sceneModel{"signature": signature, "basemodel": basemodel})
	}
	whole := map[string]any{"models": list, "benchmark": sample.Benchmark}
	maps.Copy(whole, more)
	text, err := json.Marshal(whole)
	require.NoError(s.t, err)
	s.write(name+".json", string(text))
}

func openSample(t *testing.T) (*scene, *sceneHome) {
	t.Helper()
	s := newScene(t)
	h := s.open()
	_, err := h.LoadSample(t.Context())
	require.NoError(t, err)
	return s, h
}

func TestAnExportPlaysBackToTheSameBooks(t *testing.T) {
	t.Parallel()
	s, h := openSample(t)
	for name, more := range map[string]map[string]any{
		"plain": nil,
		"costs": {"fractional_shares": true, "costs": map[string]any{"commission_per_share": 0.0035, "commission_min": 0.35,
			"slippage_bps": 2.5}},
	} {
		s.writeSample(name, sampleModels, more)
		h.run(goldenTrigger(name, name, sampleFirst, sampleLast), "completed")
		folder := t.TempDir()
		_, err := h.Export(t.Context(), name, folder)
		require.NoError(t, err)

		recorded := map[string]string{}
		for model := range sampleModels {
			recorded[model] = "recorded/" + filepath.Join(folder, model, "position", "position.jsonl")
		}
		s.writeSample(name+"-again", recorded, more)
		h.run(goldenTrigger(name+"-again", name+"-again", sampleFirst, sampleLast), "completed")
		trades := 0
		for _, d := range sampleDates {
			want := h.goldenDays(name, d.String())
			require.Len(t, want, len(sampleModels))
			assert.Equal(t, want, h.goldenDays(name+"-again", d.String()), "%s on %s", name, d)
			for _, day := range want {
				trades += len(day.Trades)
			}
		}
		assert.Greater(t, trades, len(sampleDates), name)
		bought, kept := h.goldenDays(name, sampleFirst)["weights"], h.goldenDays(name, sampleLast)["weights"]
		assert.InDelta(t, 2*shares(t, bought, "ZAVRO"), shares(t, kept, "ZAVRO"), 1e-9, "the split lies between")
		assert.Positive(t, goldenMoney(t, kept.Positions["CASH"])-goldenMoney(t, bought.Positions["CASH"]), "and the dividend")
	}
}

func shares(t *testing.T, day goldenDay, symbol string) float64 {
	t.Helper()
	n, err := day.Positions[symbol].Float64()
	require.NoError(t, err)
	return n
}

// fileRow is a row of a position.jsonl, to be written in another way.
type fileRow map[string]any

func (r fileRow) date() string              { return r["date"].(string) }
func (r fileRow) positions() map[string]any { return r["positions"].(map[string]any) }

// trades reports whether the row is an order.
func (r fileRow) trades() bool {
	action, ok := r["this_action"].(map[string]any)
	return ok && action["action"] != "no_trade"
}

// with returns the row with another value of a field.
func (r fileRow) with(field string, value any) fileRow {
	c := maps.Clone(r)
	c[field] = value
	return c
}

func readFileRows(t *testing.T, path string) []fileRow {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	var rows []fileRow
	for line := range strings.Lines(string(text)) {
		var row fileRow
		decoder := json.NewDecoder(strings.NewReader(line))
		decoder.UseNumber()
		require.NoError(t, decoder.Decode(&row))
		rows = append(rows, row)
	}
	return rows
}

// writeFileRows writes a recording with the line ends of another system, and
// without one at the end. It returns the path.
func writeFileRows(t *testing.T, path string, rows []fileRow) string {
	t.Helper()
	var lines []string
	for _, row := range rows {
		line, err := json.Marshal(row)
		require.NoError(t, err)
		lines = append(lines, string(line))
	}
	require.NoError(t, os.WriteFile(path, []byte(strings.Join(lines, "\r\n")), 0o600))
	return path
}

// openTrend runs one model to a date, and returns its exported rows.
func openTrend(t *testing.T, last string) (*scene, *sceneHome, []fileRow) {
	t.Helper()
	s, h := openSample(t)
	s.writeSample("default", map[string]string{"trend": sampleModels["trend"]}, nil)
	h.run(goldenTrigger("main", "default", sampleFirst, last), "completed")
	folder := t.TempDir()
	_, err := h.Export(t.Context(), "main", folder)
	require.NoError(t, err)
	return s, h, readFileRows(t, filepath.Join(folder, "trend", "position", "position.jsonl"))
}

// noTrade is a row of a day without an order, as AI-Trader writes it.
func noTrade(date string, positions any) fileRow {
	return fileRow{"date": date, "id": 0, "this_action": map[string]any{"action": "no_trade", "symbol": "", "amount": 0},
		"positions": positions}
}

// fileVariants are the ways in which a run can be written down.
var fileVariants = map[string]func(rows []fileRow) []fileRow{
	"as-exported": func(rows []fileRow) []fileRow { return rows },
	"zeros-for-all-symbols": each(func(r fileRow) []fileRow {
		all := map[string]any{}
		for _, b := range sample.Market().Bars {
			all[b.Symbol] = 0
		}
		maps.Copy(all, r.positions())
		return []fileRow{r.with("positions", all)}
	}),
	"binary-floats": each(func(r fileRow) []fileRow {
		noisy := map[string]any{}
		for symbol, n := range r.positions() {
			v, _ := n.(json.Number).Float64()
			if symbol == "CASH" {
				v += 1e-9 * float64(len(r.date())) // what sums of binary floats leave behind
			}
			noisy[symbol] = json.Number(strconv.FormatFloat(v, 'f', 14, 64))
		}
		return []fileRow{r.with("positions", noisy)}
	}),
	"no-row-on-quiet-days": func(rows []fileRow) []fileRow {
		kept := rows[:1:1]
		for _, r := range rows[1:] {
			// A day on which a split or a dividend came is not quiet.
			if r.trades() || !assert.ObjectsAreEqual(r.positions(), kept[len(kept)-1].positions()) {
				kept = append(kept, r)
			}
		}
		return kept
	},
	"no-action-on-quiet-days": each(func(r fileRow) []fileRow {
		if r.trades() {
			return []fileRow{r}
		}
		r = maps.Clone(r)
		delete(r, "this_action")
		return []fileRow{r}
	}),
	"quiet-row-after-the-orders": each(func(r fileRow) []fileRow { return []fileRow{r, noTrade(r.date(), r.positions())} }),
	"rows-on-every-calendar-day": func(rows []fileRow) []fileRow {
		var out []fileRow
		for i, r := range rows {
			out = append(out, r)
			if i+1 == len(rows) {
				break
			}
			for d := sim.MustParseDate(r.date()).AddDays(1); d < sim.MustParseDate(rows[i+1].date()); d = d.AddDays(1) {
				out = append(out, noTrade(d.String(), r.positions()))
			}
		}
		return out
	},
	"begins-before-the-run": func(rows []fileRow) []fileRow {
		return append([]fileRow{rows[0].with("date", "2025-01-02")}, rows[1:]...)
	},
	"no-first-row": func(rows []fileRow) []fileRow { return rows[1:] },
	"orders-of-no-shares": each(func(r fileRow) []fileRow {
		action := map[string]any{"action": "sell", "symbol": "BRYZT", "amount": 0}
		return []fileRow{r, r.with("this_action", action)}
	}),
	"rows-without-positions": each(func(r fileRow) []fileRow { return []fileRow{noTrade(r.date(), fileRow{}), r} }),
	"prices-and-unknown-fields": each(func(r fileRow) []fileRow {
		if action, ok := r["this_action"].(map[string]any); ok {
			action = maps.Clone(action)
			action["price"], action["reason"] = 1.5, "rising"
			r = r.with("this_action", action)
		}
		return []fileRow{r.with("model", "trend")}
	}),
}

// each changes row by row.
func each(change func(fileRow) []fileRow) func([]fileRow) []fileRow {
	return func(rows []fileRow) []fileRow {
		var out []fileRow
		for _, r := range rows {
			out = append(out, change(r)...)
		}
		return out
	}
}

// TestHoweverARunIsWrittenDown plays one run back from files that say the same
// in different ways.
func TestHoweverARunIsWrittenDown(t *testing.T) {
	t.Parallel()
	s, h, rows := openTrend(t, sampleLast)
	require.Greater(t, len(rows), len(sampleDates))

	folder := t.TempDir()
	recorded := map[string]string{}
	for name, change := range fileVariants {
		recorded[name] = "recorded/" + writeFileRows(t, filepath.Join(folder, name+".jsonl"), change(rows))
	}
	s.writeSample("again", recorded, nil)
	jobID := h.trigger(goldenTrigger("again", "again", sampleFirst, sampleLast))
	ended := h.await(jobID)
	require.Equal(t, "completed", ended.body["status"], strings.Join(failures(ended), "\n"))
	for _, d := range sampleDates {
		want, got := h.goldenDays("main", d.String())["trend"], h.goldenDays("again", d.String())
		require.ElementsMatch(t, slices.Collect(maps.Keys(fileVariants)), slices.Collect(maps.Keys(got)))
		for name, day := range got {
			day.Model = want.Model
			assert.Equal(t, want, day, "%s on %s", name, d)
		}
	}
}

// failures lists the errors of a job's model-days.
func failures(status sceneReply) []string {
	var out []string
	for _, d := range status.body["progress"].(map[string]any)["details"].([]any) {
		if why, failed := d.(map[string]any)["error"].(string); failed {
			out = append(out, why)
		}
	}
	return out
}

// TestARecordingThatIsWrongFailsWhereItIsWrong changes one figure of a run: the
// day fails and says why, and the days before it stand.
func TestARecordingThatIsWrongFailsWhereItIsWrong(t *testing.T) {
	t.Parallel()
	s, h, rows := openTrend(t, sampleDates[8].String())
	i := len(rows) - 1
	for !rows[i].trades() {
		i--
	}
	wrong, last := rows[i], rows[i].date()
	cash, err := sim.ParseMoney(wrong.positions()["CASH"].(json.Number).String())
	require.NoError(t, err)
	positions := maps.Clone(wrong.positions())
	positions["CASH"] = json.Number((cash + 1).String())
	rows[i] = wrong.with("positions", positions)

	path := writeFileRows(t, filepath.Join(t.TempDir(), "wrong.jsonl"), rows)
	s.writeSample("wrong", map[string]string{"trend": "recorded/" + path}, nil)
	jobID := h.trigger(goldenTrigger("wrong", "wrong", sampleFirst, last))
	ended := h.await(jobID)
	assert.Equal(t, "partial", ended.body["status"])
	whys := failures(ended)
	require.Len(t, whys, 1)
	assert.Contains(t, whys[0], "recording_mismatch: wrong.jsonl:"+strconv.Itoa(i+1)+" ("+last+")")
	assert.Contains(t, whys[0], cash.String())
	before := sim.DefaultMarket.PrevBar(sim.MustParseDate(last)).String()
	assert.Equal(t, h.goldenDays("main", before), h.goldenDays("wrong", before))
	r := h.get("/results?experiment=wrong&date=" + last)
	assert.Equal(t, "no_data", r.body["error"], "a failed day leaves nothing")
}
