package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/clocktest"
	"aitrader/internal/prices"
	"aitrader/internal/realdata"
	"aitrader/internal/rounds"
	"aitrader/internal/sim"
	"aitrader/internal/vendortest"
)

// dailyVendor answers as Polygon does, on each evening with the days so far, but
// for one day whose bars come late.
type dailyVendor struct {
	t     *testing.T
	clock *clocktest.Clock
	late  sim.Date
	until time.Time // when the bars of the late day come
	rows  vendortest.Polygon
	mu    sync.Mutex
	asked map[string]int // by the last part of the path
}

func newDailyVendor(t *testing.T, clock *clocktest.Clock, set sim.PriceRows, late sim.Date, until time.Time) *dailyVendor {
	return &dailyVendor{t: t, clock: clock, late: late, until: until, rows: vendortest.NewPolygon(set.Bars), asked: map[string]int{}}
}

// source serves it, and returns the source of prices of a configuration.
func (v *dailyVendor) source() map[string]any {
	url, _ := vendor(v.t, v.ServeHTTP)
	return map[string]any{"source": "polygon", "base_url": strings.TrimSuffix(url, "/query"), "requests_per_minute": 6000}
}

func (v *dailyVendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	defer v.mu.Unlock()
	what := vendortest.Asked(r)
	v.asked[what]++
	today := sim.DateOf(v.clock.Now().Add(-5 * time.Hour)) // in New York, near enough in the evening
	if d, err := sim.ParseDate(what); err == nil {
		assert.LessOrEqual(v.t, d, today, "no request asks for the future")
		assert.True(v.t, sim.DefaultMarket.IsTradingDay(d), "%s has no bars", d)
		if d == v.late && v.clock.Now().Before(v.until) {
			what = "" // no rows yet
		}
	}
	v.rows.Answer(w, what)
}

// Two weeks of evenings, two months in a long run: on each one a trigger catches up, with
// downloaded prices. Nothing runs on Labor Day and weekends, and a day whose bars
// arrive late is run later. The books are those of one job over the whole range.
func TestDayByDayIsTheSameAsOneJob(t *testing.T) {
	t.Parallel()
	m := newMonths(t)
	clock := clocktest.New(time.Time{})
	late := m.late
	market := newDailyVendor(t, clock, m.set, late, evening(late.AddDays(1)))
	daily := newScene(t)
	daily.clock = clock.Now
	m.configure(daily, market.source())
	clock.Set(evening(m.first))
	h := daily.open()
	jobs := 0
	for d := m.first; d <= m.last; d = d.AddDays(1) {
		clock.Set(evening(d))
		r := h.do(http.MethodPost, "/simulate/trigger", "{}")
		switch {
		case !sim.DefaultMarket.IsTradingDay(d), d == late:
			require.Equal(t, "current", r.body["status"], "%s: %s", d, r.text)
		case d == late.AddDays(1):
			require.Len(t, r.body["date_range"], 2, r.text)
			fallthrough
		default:
			require.Equal(t, http.StatusAccepted, r.status, "%s: %s", d, r.text)
			require.Equal(t, "completed", h.await(r.body["job_id"].(string)).body["status"], d.String())
			jobs++
		}
		if d == late {
			assert.Contains(t, r.text, "Polygon: bars that are not there: 102")
		}
	}
	days := sim.DefaultMarket.Bars(m.first, m.last)
	assert.Equal(t, len(days)-1, jobs)
	for _, d := range days {
		want := 1
		if d == late {
			want = 2
		}
		assert.Equal(t, want, market.asked[d.String()], "%s is asked for once it is over, and again only while it is missing", d)
	}

	m.sameAsOneJob(h)
}

// months are the real prices of some months, the range of them that a test runs, and
// a configuration of models that trade them.
type months struct {
	t           *testing.T
	set         sim.PriceRows
	universe    []string
	first, last sim.Date
	late        sim.Date // its bars come after its evening
	away, back  sim.Date // no process runs between the evening of away and the morning of back
}

func newMonths(t *testing.T) *months {
	t.Helper()
	file, err := os.Open(realdata.Path(t, octoberCloses))
	require.NoError(t, err)
	defer file.Close()
	m := &months{
		t: t, first: sim.MustParseDate("2025-08-28"), last: sim.MustParseDate("2025-09-12"),
		late: sim.MustParseDate("2025-09-03"), away: sim.MustParseDate("2025-09-08"), back: sim.MustParseDate("2025-09-11"),
	}
	if rounds.Long() {
		m.first, m.last, m.late = sim.MustParseDate("2025-08-25"), sim.MustParseDate("2025-10-30"), sim.MustParseDate("2025-09-10")
		m.away, m.back = sim.MustParseDate("2025-10-14"), sim.MustParseDate("2025-10-17")
	}
	m.set, err = prices.Read(octoberCloses, file)
	require.NoError(t, err)
	seen := map[string]bool{"QQQ": true}
	for _, b := range m.set.Bars {
		if !seen[b.Symbol] {
			seen[b.Symbol], m.universe = true, append(m.universe, b.Symbol)
		}
	}
	return m
}

// configure writes the configuration, with a source of prices or without.
func (m *months) configure(s *scene, source map[string]any) {
	m.t.Helper()
	text, err := json.Marshal(map[string]any{
		"date_range": map[string]any{"init_date": m.first}, "prices": source,
		"models": []sceneModel{
			{"signature": "equal", "basemodel": "builtin/equal-weight"}, {"signature": "momentum", "basemodel": "builtin/momentum?lookback=5&top=3"},
		},
		"agent_config": map[string]any{"stock_symbols": m.universe},
	})
	require.NoError(m.t, err)
	s.write("default.json", string(text))
}

// sameAsOneJob compares the books of a home with those of one job over the range.
func (m *months) sameAsOneJob(h *sceneHome) {
	m.t.Helper()
	whole := newScene(m.t)
	m.configure(whole, nil)
	other := whole.open()
	set := m.set
	set.Bars = onlyFrom(set.Bars, m.first)
	_, err := other.PutPrices(m.t.Context(), set)
	require.NoError(m.t, err)
	other.run(fmt.Sprintf(`{"start_date":"%s","end_date":"%s"}`, m.first, m.last), "completed")
	for _, model := range []string{"equal", "momentum"} {
		for _, d := range sim.DefaultMarket.Bars(m.first, m.last) {
			query := "date=" + d.String() + "&model=" + model
			got, want := h.day(query), other.day(query)
			require.Equal(m.t, want.Positions, got.Positions, query)
			require.Equal(m.t, want.DailyPnL, got.DailyPnL, query)
		}
	}
}

// evening is 18:30 in New York, in the time of summer there.
func evening(d sim.Date) time.Time { return d.Time().Add(22*time.Hour + 30*time.Minute) }

func onlyFrom(bars []sim.SymbolBar, first sim.Date) []sim.SymbolBar {
	var out []sim.SymbolBar
	for _, b := range bars {
		if b.Date >= first {
			out = append(out, b)
		}
	}
	return out
}
