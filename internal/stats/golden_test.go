package stats

import (
	"aitrader/internal/realdata"
	"encoding/csv"
	"encoding/json"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// golden opens a file of the expected values, which are not part of the project.
func golden(t *testing.T, name string) *os.File {
	t.Helper()
	return realdata.Open(t, "golden/"+name)
}

func rows(t *testing.T, name string) [][]string {
	t.Helper()
	all, err := csv.NewReader(golden(t, name)).ReadAll()
	require.NoError(t, err)
	return all[1:]
}

func parse(t *testing.T, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	require.NoError(t, err)
	return v
}

// Twelve figures of six curves, on which two to four libraries agree.
func TestFiguresMatchOtherLibraries(t *testing.T) {
	curves, dates := map[string][]float64{}, map[string][]string{}
	for _, r := range rows(t, "equity_curves.csv") {
		curves[r[0]] = append(curves[r[0]], parse(t, r[2]))
		dates[r[0]] = append(dates[r[0]], r[1])
	}
	qqq := map[string]float64{}
	for i, d := range dates["bh_QQQ"] {
		qqq[d] = curves["bh_QQQ"][i]
	}
	expected := rows(t, "metrics_agreed.csv")
	require.Len(t, expected, 72)
	for _, r := range expected {
		values := curves[r[0]]
		var other []float64
		for _, d := range dates[r[0]] {
			other = append(other, qqq[d])
		}
		p, a := Measure(values), MeasureRelative(Returns(values), Returns(other))
		f, ok := map[string]Figure{
			"sharpe_rf0_252_ddof1": p.Sharpe, "sortino_mar0_252_fullsample": p.Sortino, "volatility_252_ddof1": p.Volatility,
			"max_drawdown": p.Drawdown.Depth, "cagr_252count": p.CAGR, "calmar_252": p.Calmar, "beta_vs_QQQ": a.Beta,
			"total_return": p.TotalReturn, "omega_0": p.Omega, "skew": p.Skew, "kurtosis_excess": p.Kurtosis,
			"information_ratio_daily": a.InformationRatio,
		}[r[1]]
		require.True(t, ok, r[1])
		if r[0] == "bh_QQQ" && r[1] == "information_ratio_daily" {
			// The benchmark against itself is 0/0: there the libraries agree on their
			// rounding.
			assert.Equal(t, SameAsOther, f.Reason)
			continue
		}
		assert.Empty(t, f.Reason, "%s %s", r[0], r[1])
		assert.InDelta(t, parse(t, r[2]), f.Value, 1e-9, "%s %s", r[0], r[1])
	}
}

type vector struct {
	Fn     string
	Args   []json.RawMessage
	Kwargs map[string]any
	Result json.RawMessage
}

// The small cases of empyrical's own tests: empty, one value, flat, only losses.
func TestSmallCasesMatchEmpyrical(t *testing.T) {
	var file struct {
		Inputs map[string]struct{ Values []any }
		Cases  []struct{ Calls []vector }
	}
	require.NoError(t, json.NewDecoder(golden(t, "empyrical_small_vectors.json")).Decode(&file))
	series := func(arg json.RawMessage, hole []float64) (values []float64, ok bool) {
		var ref struct {
			Ref string `json:"$ref"`
		}
		if json.Unmarshal(arg, &ref) != nil || ref.Ref == "" {
			return nil, false
		}
		for i, v := range file.Inputs[ref.Ref].Values {
			f, isNumber := v.(float64)
			switch {
			case isNumber:
				values = append(values, f)
			case i == 0:
				values = append(values, hole...)
			default:
				return nil, false // a hole in a curve cannot come about here
			}
		}
		return values, true
	}
	checked := map[string]int{}
	for _, c := range file.Cases {
		for _, call := range c.Calls {
			f, ok := compute(call, series)
			if !ok {
				continue
			}
			checked[call.Fn]++
			var want float64
			if json.Unmarshal(call.Result, &want) != nil {
				assert.NotEmpty(t, f.Reason, "%s%s: %s", call.Fn, call.Args, call.Result)
				continue
			}
			assert.Empty(t, f.Reason, "%s%s: %s", call.Fn, call.Args, call.Result)
			assert.InDelta(t, want, f.Value, 1e-8, "%s%s", call.Fn, call.Args)
		}
	}
	for fn, n := range map[string]int{
		"sharpe_ratio": 4, "sortino_ratio": 5, "omega_ratio": 2, "max_drawdown": 6, "calmar_ratio": 3, "cum_returns_final": 2, "cagr": 2,
		"annual_volatility": 1, "alpha": 2, "beta": 1, "excess_sharpe": 1,
	} {
		assert.GreaterOrEqual(t, checked[fn], n, fn)
	}
}

// compute calls the counterpart of a function of empyrical. ok is false without one:
// for other thresholds, and for periods other than days.
func compute(call vector, series func(json.RawMessage, []float64) ([]float64, bool)) (Figure, bool) {
	for _, key := range []string{"risk_free", "required_return", "starting_value"} {
		if v, given := call.Kwargs[key]; given && v != 0.0 {
			return Figure{}, false
		}
	}
	if v, given := call.Kwargs["period"]; given && v != "daily" {
		return Figure{}, false
	}
	var hole []float64 // a day without a return: it counts as time, and not as a return
	if slices.Contains([]string{"cagr", "annual_return", "calmar_ratio"}, call.Fn) {
		hole = []float64{0}
	}
	r, ok := series(call.Args[0], hole)
	if !ok {
		return Figure{}, false
	}
	if call.Fn == "alpha" || call.Fn == "beta" || call.Fn == "excess_sharpe" {
		other, ok := series(call.Args[1], nil)
		if !ok && call.Fn == "excess_sharpe" && string(call.Args[1]) == "0.0" {
			other, ok = make([]float64, len(r)), true
		}
		if ok && len(other) != len(r) {
			return Figure{}, false // days that one of the two does not have
		}
		a := MeasureRelative(r, other)
		f := map[string]Figure{"alpha": a.Alpha, "beta": a.Beta, "excess_sharpe": a.InformationRatio}[call.Fn]
		return f, ok
	}
	values := []float64{1}
	for _, x := range r {
		values = append(values, values[len(values)-1]*(1+x))
	}
	p := Measure(values)
	f, ok := map[string]Figure{
		"sharpe_ratio": p.Sharpe, "sortino_ratio": p.Sortino, "omega_ratio": p.Omega, "max_drawdown": p.Drawdown.Depth, "calmar_ratio": p.Calmar,
		"cum_returns_final": p.TotalReturn, "cagr": p.CAGR, "annual_return": p.CAGR, "annual_volatility": p.Volatility,
	}[call.Fn]
	return f, ok
}
